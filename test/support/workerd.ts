import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import nodeResolve from '@rollup/plugin-node-resolve'
import { type Plugin, rollup } from 'rollup'
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript'

const ROOT = new URL('../../', import.meta.url).pathname
const WORKERD = `${ROOT}node_modules/.bin/workerd`
const BUILT_ENTRY = `${ROOT}dist/server/index.js`

/** How a Worker is to run. */
export interface WorkerdOptions {
  /** Path of the Worker's TypeScript, from the root of the repository. */
  entry: string
  /** What the Worker gets as `env`. */
  bindings: Record<string, string>
  /** `host:port` of the plain HTTP server that gets every `fetch` of the Worker, whatever its URL. */
  upstream: string
  compatibilityDate?: string
}

/** A Worker in Cloudflare's own runtime, on loopback. */
export interface Workerd {
  readonly url: string
  /** What the Worker and the runtime have written so far. */
  log(): string
  stop(): Promise<void>
}

export async function startWorkerd(options: WorkerdOptions): Promise<Workerd> {
  const folder = await mkdtemp(join(tmpdir(), 'turnkeeper-workerd-'))
  await writeFile(join(folder, 'worker.js'), await bundle(options.entry))
  const configPath = join(folder, 'config.capnp')
  await writeFile(configPath, configOf(options))
  const runtime = spawn(WORKERD, ['serve', '--control-fd=3', configPath], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  })
  let log = ''
  for (const output of [runtime.stdout, runtime.stderr]) {
    output?.on('data', (chunk) => {
      log += chunk
    })
  }
  const stop = async () => {
    if (runtime.exitCode === null && runtime.signalCode === null) {
      const exited = new Promise((resolve) => runtime.once('exit', resolve))
      runtime.kill()
      await exited
    }
    await rm(folder, { recursive: true })
  }
  const port = await portOf(runtime)
  if (port === undefined) {
    await stop()
    throw new Error(`workerd did not start:\n${log}`)
  }
  return { url: `http://127.0.0.1:${port}/`, log: () => log, stop }
}

/** Without a type check, which is slow and which `npm run types` does. */
const stripTypes: Plugin = {
  name: 'strip-types',
  transform(code, id) {
    if (!id.endsWith('.ts')) return null
    const compilerOptions = { target: ScriptTarget.ES2022, module: ModuleKind.ESNext }
    return { code: transpileModule(code, { compilerOptions }).outputText, map: null }
  },
}

/** One ES module with everything in it, of which `turnkeeper/server` is the built one. */
async function bundle(entry: string): Promise<string> {
  const build = await rollup({
    input: ROOT + entry,
    onwarn: ({ message }) => {
      throw new Error(message)
    },
    plugins: [
      { name: 'built-entry', resolveId: (id) => (id === 'turnkeeper/server' ? BUILT_ENTRY : null) },
      nodeResolve({ exportConditions: ['workerd', 'worker'], extensions: ['.ts', '.js'] }),
      stripTypes,
    ],
  })
  const { output } = await build.generate({ format: 'es' })
  await build.close()
  return output[0].code
}

/**
 * The config in Cap'n Proto's text format, whose strings are close enough to JSON's. The upstream takes the
 * place of the internet, so that the Worker asks Cloudflare's own URL and needs no option for the test.
 */
function configOf({ bindings, upstream, compatibilityDate = '2026-10-01' }: WorkerdOptions): string {
  const texts = Object.entries(bindings).map(
    ([name, value]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(value)})`,
  )
  return `
    using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [
        (name = "worker", worker = .worker),
        (name = "upstream", external = (address = ${JSON.stringify(upstream)}, http = ())),
      ],
      sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "worker")],
    );
    const worker :Workerd.Worker = (
      modules = [(name = "worker.js", esModule = embed "worker.js")],
      bindings = [${texts.join(', ')}],
      compatibilityDate = ${JSON.stringify(compatibilityDate)},
      globalOutbound = "upstream",
    );
  `
}

/** The port that the runtime has chosen; none if it ends before. */
async function portOf(runtime: ChildProcess): Promise<number | undefined> {
  for await (const line of createInterface({ input: runtime.stdio[3] as Readable })) {
    const { event, port } = JSON.parse(line)
    if (event === 'listen') return port
  }
  return undefined
}

/** Runs a Worker in workerd, the runtime of Cloudflare Workers. */
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

/** Options of {@link startWorkerd}. */
export interface WorkerdOptions {
  /** Path of the Worker's TypeScript, from the root of the repository. */
  entry: string
  /** The text bindings in the Worker's `env`. */
  bindings: Record<string, string>
  /** The classes of Durable Objects that the Worker exports, by the name of their binding. */
  durableObjects?: Record<string, string>
  /** `host:port` of the HTTP server that receives every `fetch` of the Worker, whatever its URL. */
  upstream: string
  compatibilityDate?: string
}

/** A Worker in Cloudflare's own runtime, on loopback. */
export interface Workerd {
  readonly url: string
  /** Returns the output of the Worker and the runtime so far. */
  log(): string
  stop(): Promise<void>
}

export async function startWorkerd(options: WorkerdOptions): Promise<Workerd> {
  const folder = await mkdtemp(join(tmpdir(), 'turnkeeper-workerd-'))
  await writeFile(join(folder, 'worker.js'), await bundle(options.entry))
  const configPath = join(folder, 'config.capnp')
  await writeFile(configPath, createConfig(options))
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
  const port = await readPort(runtime)
  if (port === undefined) {
    await stop()
    throw new Error(`workerd did not start:\n${log}`)
  }
  return { url: `http://127.0.0.1:${port}/`, log: () => log, stop }
}

/** Removes types without checking them: `npm run types` does that, and it is slow. */
const stripTypes: Plugin = {
  name: 'strip-types',
  transform(code, id) {
    if (!id.endsWith('.ts')) return null
    const compilerOptions = { target: ScriptTarget.ES2022, module: ModuleKind.ESNext }
    return { code: transpileModule(code, { compilerOptions }).outputText, map: null }
  },
}

/** Bundles the Worker and its dependencies into one ES module, with the built `turnkeeper/server`. */
async function bundle(entry: string): Promise<string> {
  const build = await rollup({
    input: ROOT + entry,
    external: /^cloudflare:/,
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
 * Returns the configuration in Cap'n Proto's text format, which can read JSON strings. The upstream replaces the
 * internet: the Worker requests Cloudflare's own URL and needs no option for the test.
 */
function createConfig(options: WorkerdOptions): string {
  const { bindings, durableObjects = {}, upstream, compatibilityDate = '2026-10-01' } = options
  const texts = Object.entries(bindings).map(
    ([name, value]) => `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(value)})`,
  )
  const classes = Object.entries(durableObjects).map(([name, className]) => ({
    binding: `(name = ${JSON.stringify(name)}, durableObjectNamespace = ${JSON.stringify(className)})`,
    namespace: `(className = ${JSON.stringify(className)}, uniqueKey = ${JSON.stringify(className)}, enableSql = true)`,
  }))
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
      bindings = [${[...texts, ...classes.map(({ binding }) => binding)].join(', ')}],
      durableObjectNamespaces = [${classes.map(({ namespace }) => namespace).join(', ')}],
      durableObjectStorage = (inMemory = void),
      compatibilityDate = ${JSON.stringify(compatibilityDate)},
      globalOutbound = "upstream",
    );
  `
}

/** Resolves with the port that the runtime listens on, or with `undefined` if it exits first. */
async function readPort(runtime: ChildProcess): Promise<number | undefined> {
  for await (const line of createInterface({ input: runtime.stdio[3] as Readable })) {
    const { event, port } = JSON.parse(line)
    if (event === 'listen') return port
  }
  return undefined
}

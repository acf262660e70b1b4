/** The size budgets of the built package, in bytes. Run `npm run build` first. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import commonjs from '@rollup/plugin-commonjs'
import nodeResolve from '@rollup/plugin-node-resolve'
import terser from '@rollup/plugin-terser'
import { rollup } from 'rollup'

/** The part of a budget that must stay unused, so that nobody has to shorten readable code to save bytes. */
export const MIN_SLACK = 0.03

export const BUDGETS = [
  {
    name: 'own code of the entry, min + brotli',
    budget: 32_700,
    // Restarts that can be undone take 2.2 kB of it: without them, attach() ends calls that would have gone on. Reading the
    // lifetimes, envelopes and dates of the field takes 1.7 kB: without it, credentials silently count as valid for an hour.
    // Several endpoints and the test of their TURN servers take 1.2 kB, checks of a request and errors of HTTP libraries 1 kB.
    // Engines and stacks that are not browsers (React Native, werift) take 0.6 kB. RelayMeter takes 1 kB, only in apps that import it.
    // In-band negotiations that apps do not see take 3.3 kB.
    // explain() takes 2.3 kB, half of it messages: each restart event that reports a failure contains an explanation.
    reason: 'every page of an app loads it; messages are 2.8 kB of it, the checks of options 0.3 kB',
    measure: async () =>
      brotliCompressSync(await bundle("export * from './dist/index.js'", ['ky', 'eventemitter3'])).length,
  },
  {
    name: 'IceServerProvider alone with its dependencies, min + brotli',
    budget: 37_800,
    reason:
      'what an app adds that imports nothing else; ky is 7.7 kB of it, eventemitter3 1 kB, attach() with its explanations 12 kB',
    measure: async () =>
      brotliCompressSync(await bundle("export { IceServerProvider } from './dist/index.js'")).length,
  },
  {
    name: 'validateRTCIceServer alone, min + brotli',
    budget: 1_290,
    // It counts UTF-8 bytes itself, and validates hosts in React Native, which has neither TextEncoder nor a complete URL.
    reason: 'importing one function must not add the rest of the package',
    measure: async () =>
      brotliCompressSync(await bundle("export { validateRTCIceServer } from './dist/index.js'")).length,
  },
  {
    name: 'own code of the server entry, min + brotli',
    budget: 14_350,
    // Rejecting other sites, checking secrets and stores, redacting and reporting take 1.8 kB of it. It reads the responses and lifetimes of its
    // sources like the client does. Its own requests to Cloudflare, errors of every form and the listener for Node take 3 kB; ky, which they
    // replace in part, was never counted. The second way to sign and the servers that are checked once take 0.3 kB, the time limits 0.2 kB more.
    reason:
      'edge workers load it at every cold start; messages are 0.8 kB of it, the checks of options 0.4 kB',
    measure: async () =>
      brotliCompressSync(await bundle("export * from './dist/server/index.js'", ['ky'])).length,
  },
  ...[
    ['react', 1_000],
    ['vue', 820],
    ['svelte', 1_000],
  ].map(([name, budget]) => ({
    name: `own code of turnkeeper/${name}, min + brotli`,
    budget,
    reason: 'an app adds it to the provider; half of it opens connections',
    measure: async () => brotliCompressSync(await bundleEntry(name)).length,
  })),
  {
    name: 'script tag file with its dependencies, min + gzip',
    budget: 46_800,
    reason:
      'own code 32 kB, ky and eventemitter3 8 kB, 3 kB because gzip compresses less than brotli, and the names of classes for error messages',
    measure: async () => gzipSync(readFileSync('dist/turnkeeper.umd.min.js')).length,
  },
]

/** Bundles an entry for a framework without the framework and the modules of the main entry, which the app has anyway. */
function bundleEntry(name) {
  const isOutside = (id) =>
    /^(react|vue|svelte)(\/|$)/.test(id) || /dist\/(?!react|vue|svelte|bindings)/.test(id)
  return bundle(`export * from './dist/${name}/index.js'`, isOutside)
}

/** Returns the unused part of a budget, as a ratio. */
export function slackOf(bytes, budget) {
  return 1 - bytes / budget
}

/**
 * Bundles a line of code that imports from `dist` or from a package, as the bundler of an app would. Chunks that are loaded
 * later, by `import()`, are left out.
 *
 * @param {string} code
 * @param {readonly (string | RegExp)[] | ((id: string) => boolean)} [external]
 * @param {string} [rootDir] - The folder with `node_modules`. Defaults to the current one.
 */
export async function bundle(code, external = [], rootDir = process.cwd()) {
  // In the folder that contains `node_modules`, so that packages can be resolved from it.
  const file = join(rootDir, 'entry.js')
  const entry = {
    name: 'entry',
    resolveId(id) {
      if (id === file) return id
      return id.startsWith('./dist/') ? new URL(`../${id}`, import.meta.url).pathname : null
    },
    load: (id) => (id === file ? code : null),
    transform: (text, id) => (id.endsWith('.json') ? `export default ${text}` : null),
  }
  const build = await rollup({
    input: file,
    external,
    onwarn: throwIfUnresolved,
    plugins: [entry, nodeResolve({ browser: true, preferBuiltins: false, rootDir }), commonjs()],
  })
  const { output } = await build.generate({
    format: 'es',
    plugins: [terser({ module: true, compress: { passes: 3, inline: 1 } })],
  })
  await build.close()
  const chunkOf = new Map(output.map((chunk) => [chunk.fileName, chunk]))
  const loaded = new Set([output[0]])
  for (const { imports } of loaded) {
    for (const name of imports) if (chunkOf.has(name)) loaded.add(chunkOf.get(name))
  }
  return [...loaded].map(({ code }) => code).join('')
}

/** By default, rollup only warns and leaves the import out of the bundle. */
function throwIfUnresolved({ code, message }) {
  if (code === 'UNRESOLVED_IMPORT') throw new Error(message)
}

/** Measures everything. Resolves with one row for each budget. */
export async function measureAll() {
  return Promise.all(
    BUDGETS.map(async ({ name, budget, reason, measure }) => {
      const bytes = await measure()
      const slack = `${(slackOf(bytes, budget) * 100).toFixed(1)} %`
      return { name, bytes, budget, slack, reason }
    }),
  )
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const rows = await measureAll()
  console.table(rows)
  const hasTooLittleSlack = rows.some(({ bytes, budget }) => slackOf(bytes, budget) < MIN_SLACK)
  if (hasTooLittleSlack) {
    console.error(`Every budget must have ${MIN_SLACK * 100} % slack.`)
    process.exitCode = 1
  }
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import commonjs from '@rollup/plugin-commonjs'
import nodeResolve from '@rollup/plugin-node-resolve'
import terser from '@rollup/plugin-terser'
import { rollup } from 'rollup'

/** What the built package weighs, in bytes, and what it may weigh. Run `npm run build` first. */
export const BUDGETS = [
  {
    name: 'own code of the entry, min + brotli',
    budget: 9_200,
    measure: async () =>
      brotliCompressSync(await bundle("export * from './dist/index.js'", ['ky', 'eventemitter3'])).length,
  },
  {
    name: 'validateRTCIceServer alone, min + brotli',
    budget: 1_200,
    measure: async () =>
      brotliCompressSync(await bundle("export { validateRTCIceServer } from './dist/index.js'")).length,
  },
  {
    name: 'own code of the server entry, min + brotli',
    budget: 5_000,
    measure: async () =>
      brotliCompressSync(await bundle("export * from './dist/server/index.js'", ['ky'])).length,
  },
  {
    name: 'script tag file with its dependencies, min + gzip',
    budget: 19_500,
    measure: async () => gzipSync(readFileSync('dist/turnkeeper.umd.min.js')).length,
  },
]

/**
 * Bundles a line of code that imports from `dist` or from a package, as an app's bundler would; without what is loaded
 * later, by `import()`.
 *
 * @param {string} code
 * @param {readonly string[]} [external]
 * @param {string} [rootDir] - The folder with `node_modules`, if it is not this one.
 */
export async function bundle(code, external = [], rootDir = process.cwd()) {
  // Beside the packages, for that is where they are looked for.
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
    onwarn: refuseUnresolved,
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

/** Rollup would leave it out and call that a bundle. */
function refuseUnresolved({ code, message }) {
  if (code === 'UNRESOLVED_IMPORT') throw new Error(message)
}

/** Measures everything; one row a budget. */
export async function measureAll() {
  return Promise.all(
    BUDGETS.map(async ({ name, budget, measure }) => ({ name, bytes: await measure(), budget })),
  )
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const rows = await measureAll()
  console.table(rows)
  if (rows.some(({ bytes, budget }) => bytes > budget)) {
    console.error('Over budget.')
    process.exitCode = 1
  }
}

import { readFileSync } from 'node:fs'
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
    budget: 5_100,
    measure: async () =>
      brotliCompressSync(await bundle("export * from './dist/server/index.js'", ['ky'])).length,
  },
  {
    name: 'script tag file with its dependencies, min + gzip',
    budget: 19_500,
    measure: async () => gzipSync(readFileSync('dist/turnkeeper.umd.min.js')).length,
  },
]

/** Bundles a line of code that imports from `dist`, as an app's bundler would. */
export async function bundle(code, external = []) {
  const entry = {
    name: 'entry',
    resolveId: (id) =>
      id === 'entry' ? id : id.startsWith('./dist/') ? new URL(`../${id}`, import.meta.url).pathname : null,
    load: (id) => (id === 'entry' ? code : null),
  }
  const build = await rollup({
    input: 'entry',
    external,
    plugins: [entry, nodeResolve({ browser: true }), commonjs()],
  })
  const { output } = await build.generate({
    format: 'es',
    plugins: [terser({ module: true, compress: { passes: 3, inline: 1 } })],
  })
  return output[0].code
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

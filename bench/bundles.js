/** The bundle sizes of turnkeeper and of other packages. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'
import { tidy, versionOf } from './report.js'
import { bundle } from './size.js'
import { withTemporaryPackage } from './temporary-package.js'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const COMPLETE = 'turnkeeper with dependencies'

/** Not a dependency, because it is 28 MB with its own. This is the last version that supports Node 20. */
const MATRIX = { name: 'matrix-js-sdk', version: '37.5.0' }

const OWN = {
  'baseline: a minimal poller': bundleOf(`export * from '${ROOT}bench/poller.js'`),
  'turnkeeper, own code': bundleOf("export * from './dist/index.js'", ['ky', 'eventemitter3']),
  [COMPLETE]: bundleOf("export * from './dist/index.js'"),
  'IceServerProvider alone, with dependencies': bundleOf(
    "export { IceServerProvider } from './dist/index.js'",
  ),
  'ky alone': bundleOf("export { default } from 'ky'"),
  'eventemitter3 alone': bundleOf("export { EventEmitter } from 'eventemitter3'"),
  'turnkeeper, script tag file': () => readFileSync(`${ROOT}dist/turnkeeper.umd.min.js`),
  'turnkeeper/server, own code': bundleOf("export * from './dist/server/index.js'", ['ky']),
  'turnkeeper/server with dependencies': bundleOf("export * from './dist/server/index.js'"),
}

const OTHERS = {
  'partytracks/client': bundleOf("export * from 'partytracks/client'"),
  'livekit-client': bundleOf("export * from 'livekit-client'"),
  'matrix-js-sdk without WebAssembly': () =>
    withTemporaryPackage(MATRIX.name, MATRIX.version, (folder) =>
      bundle("export * from 'matrix-js-sdk'", [], folder),
    ),
}

/** The directories of the entry. */
const DIRECTORIES = ['config', 'fetch', 'refresh', 'peer', 'diagnostics', 'drop-in']
const ORIGINAL_TARGET = 7_000

const format = (number) => number.toLocaleString('en')

function bundleOf(code, external = []) {
  return () => bundle(code, external)
}

/** Returns a row. A package that cannot be installed has its error there, and the others are measured anyway. */
async function weigh([name, build]) {
  try {
    return { name, bytes: brotliCompressSync(await build()).length }
  } catch (error) {
    return { name, bytes: `not measured: ${error.message.split('\n')[0]}` }
  }
}

/** Measures the size of each directory: how much smaller the own code is without it. */
async function weighDirectories() {
  const sizeWithout = async (directories) => {
    const excluded = directories.map((directory) => new RegExp(`/dist/${directory}/`))
    const code = await bundle("export * from './dist/index.js'", ['ky', 'eventemitter3', ...excluded])
    return brotliCompressSync(code).length
  }
  const complete = await sizeWithout([])
  const rows = []
  for (const directory of DIRECTORIES) {
    const saved = complete - (await sizeWithout([directory]))
    rows.push({ directory: `src/${directory}`, 'bytes saved without it': saved })
  }
  const core = await sizeWithout(['peer', 'diagnostics', 'drop-in'])
  const note =
    `The own code of the entry is ${format(complete)} bytes; the original target was ${format(ORIGINAL_TARGET)}. Without ` +
    `attach(), the drop-in class and diagnostics it would be ${format(core)} bytes.`
  return {
    table: { caption: 'Size of each directory of the own code:', rows },
    notes: complete > ORIGINAL_TARGET ? [note] : [],
  }
}

export async function measure() {
  const weighed = []
  for (const entry of Object.entries({ ...OWN, ...OTHERS })) weighed.push(await weigh(entry))
  const { bytes: complete } = weighed.find(({ name }) => name === COMPLETE)
  const rows = weighed.map(({ name, bytes }) => ({
    bundle: name,
    'bytes, min + brotli': bytes,
    [`ratio to ${COMPLETE}`]: typeof bytes === 'number' ? tidy(bytes / complete) : '',
  }))
  const directories = await weighDirectories()
  const packages = ['partytracks', 'livekit-client', 'rollup', '@rollup/plugin-terser']
  return {
    tables: [
      { caption: 'What an app loads, bundled by rollup with all static imports:', rows },
      directories.table,
    ],
    notes: directories.notes,
    versions: {
      ...Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
      [MATRIX.name]: MATRIX.version,
    },
  }
}

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { brotliCompressSync } from 'node:zlib'
import { tidy, versionOf } from './report.js'
import { bundle } from './size.js'
import { withTemporaryPackage } from './temporary-package.js'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const WHOLE = 'turnkeeper, whole'

/** With its packages 28 MB for one row, so it is no dependency; the last version that takes Node 20. */
const MATRIX = { name: 'matrix-js-sdk', version: '37.5.0' }

const OWN = {
  'the floor: a minimal poller': bundleOf(`export * from '${ROOT}bench/poller.js'`),
  'turnkeeper, own code': bundleOf("export * from './dist/index.js'", ['ky', 'eventemitter3']),
  [WHOLE]: bundleOf("export * from './dist/index.js'"),
  'turnkeeper, the file for a script tag': () => readFileSync(`${ROOT}dist/turnkeeper.umd.min.js`),
  'turnkeeper/server, own code': bundleOf("export * from './dist/server/index.js'", ['ky']),
  'turnkeeper/server, whole': bundleOf("export * from './dist/server/index.js'"),
}

const OTHERS = {
  'partytracks/client': bundleOf("export * from 'partytracks/client'"),
  'livekit-client': bundleOf("export * from 'livekit-client'"),
  'matrix-js-sdk, without its WebAssembly': () =>
    withTemporaryPackage(MATRIX.name, MATRIX.version, (folder) =>
      bundle("export * from 'matrix-js-sdk'", [], folder),
    ),
}

function bundleOf(code, external = []) {
  return () => bundle(code, external)
}

/** A package that cannot be had says so in its row, and the others are measured all the same. */
async function weigh([what, build]) {
  try {
    return { what, bytes: brotliCompressSync(await build()).length }
  } catch (error) {
    return { what, bytes: `not measured: ${error.message.split('\n')[0]}` }
  }
}

/** What an app has to load, minified and compressed with brotli, all bundled in the same way. */
export async function measure() {
  const weighed = []
  for (const part of Object.entries({ ...OWN, ...OTHERS })) weighed.push(await weigh(part))
  const { bytes: whole } = weighed.find(({ what }) => what === WHOLE)
  const rows = weighed.map(({ what, bytes }) => ({
    what,
    'bytes, min + brotli': bytes,
    [`ratio to ${WHOLE}`]: typeof bytes === 'number' ? tidy(bytes / whole) : '',
  }))
  const packages = ['partytracks', 'livekit-client', 'rollup', '@rollup/plugin-terser']
  return {
    tables: [
      { caption: 'What an app has to load, bundled by rollup with all that it imports at once:', rows },
    ],
    versions: {
      ...Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
      [MATRIX.name]: MATRIX.version,
    },
  }
}

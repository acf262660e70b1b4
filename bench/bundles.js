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

/** The rooms of the entry. */
const ROOMS = ['config', 'fetch', 'refresh', 'peer', 'diagnostics']
const OWN_TARGET = 7_000

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

/** What the own code would be less without a room, and without the two that keep calls alive and explain failures. */
async function weighRooms() {
  const without = async (rooms) => {
    const left = rooms.map((room) => new RegExp(`/dist/${room}/`))
    const code = await bundle("export * from './dist/index.js'", ['ky', 'eventemitter3', ...left])
    return brotliCompressSync(code).length
  }
  const whole = await without([])
  const rows = []
  for (const room of ROOMS)
    rows.push({ room: `src/${room}`, 'bytes less without it': whole - (await without([room])) })
  const core = await without(['peer', 'diagnostics'])
  const note =
    `The own code of the entry has ${whole} bytes, wanted were ${OWN_TARGET}. Without attach() and testIceServers() ` +
    `it would have ${core}.`
  return {
    table: { caption: 'What the rooms of the own code take:', rows },
    notes: whole > OWN_TARGET ? [note] : [],
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
  const rooms = await weighRooms()
  const packages = ['partytracks', 'livekit-client', 'rollup', '@rollup/plugin-terser']
  return {
    tables: [
      { caption: 'What an app has to load, bundled by rollup with all that it imports at once:', rows },
      rooms.table,
    ],
    notes: rooms.notes,
    versions: {
      ...Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
      [MATRIX.name]: MATRIX.version,
    },
  }
}

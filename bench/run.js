import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { print, write } from './report.js'

/**
 * `npm run bench` runs every part, `npm run bench -- parse memory` those, and writes RESULTS.md.
 *
 * @type {Record<string, { title: string, load: () => Promise<{ measure(): Promise<import('./report.js').Findings> }> }>}
 */
const PARTS = {
  cached: { title: 'A cached configuration', load: () => import('./cached.js') },
  first: { title: 'The first configuration', load: () => import('./first.js') },
  parse: { title: 'Parse, validate, filter', load: () => import('./parse.js') },
  connections: { title: 'Attached connections', load: () => import('./connections.js') },
  handler: { title: 'The handler of the backend', load: () => import('./handler.js') },
  bundles: { title: 'Sizes', load: () => import('./bundles.js') },
}

/** What a part leaves behind in the compiler and on the heap would weigh on the next one: each has its own process. */
function runApart(name) {
  const file = fileURLToPath(import.meta.url)
  const { status } = spawnSync(process.execPath, [...process.execArgv, file, name], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}

async function runHere(name) {
  const { title, load } = PARTS[name]
  console.log(`\n${title}`)
  const { measure } = await load()
  const findings = await measure()
  print(findings)
  const titles = Object.values(PARTS).map((part) => part.title)
  write(title, findings, titles)
}

const wanted = process.argv.slice(2)
const unknown = wanted.filter((name) => !(name in PARTS))
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(', ')}, but ${Object.keys(PARTS).join(', ')}.`)
  process.exitCode = 1
} else if (wanted.length === 1) {
  await runHere(wanted[0])
} else {
  for (const name of wanted.length > 0 ? wanted : Object.keys(PARTS)) runApart(name)
}

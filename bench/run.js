/** Runs all benchmarks (`npm run bench`) or some (`npm run bench -- parse cached`), and writes RESULTS.md. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { print, write } from './report.js'
import { BENCHMARKS } from './sections.js'

/** Runs a benchmark in a new process, unaffected by compiled code and garbage of the others. */
function runInNewProcess(name) {
  const file = fileURLToPath(import.meta.url)
  const { status } = spawnSync(process.execPath, [...process.execArgv, file, name], { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
}

async function runHere(name) {
  const { title, load } = BENCHMARKS[name]
  console.log(`\n${title}`)
  const { measure } = await load()
  const findings = await measure()
  print(findings)
  write(title, findings)
}

const names = process.argv.slice(2)
const unknown = names.filter((name) => !(name in BENCHMARKS))
if (unknown.length > 0) {
  console.error(
    `Unknown benchmark: ${unknown.join(', ')}. Choose from ${Object.keys(BENCHMARKS).join(', ')}.`,
  )
  process.exitCode = 1
} else if (names.length === 1) {
  await runHere(names[0])
} else {
  for (const name of names.length > 0 ? names : Object.keys(BENCHMARKS)) runInNewProcess(name)
}

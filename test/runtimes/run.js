/** Runs the tests and the built package in other runtimes (`npm run runtimes`). */
import { spawnSync } from 'node:child_process'

const VITEST = ['node', 'node_modules/vitest/vitest.mjs', 'run', '--config']
const TESTS = [...VITEST, 'test/vitest.config.ts']
const FIELD_TESTS = [...VITEST, 'test/vitest.field.config.ts']
const UNIT_TESTS = [...TESTS, '--project', 'unit']
const PACKAGE = 'test/runtimes/try-package.js'
/** npm installs each runtime at the version named here: the current LTS release of Node first, then the one before it. */
const RUNS = [
  { runtime: 'node@26.10.0', what: 'npm test', command: TESTS },
  { runtime: 'node@26.10.0', what: 'field tests', command: FIELD_TESTS },
  { runtime: 'node@24.21.0', what: 'unit tests', command: UNIT_TESTS },
  { runtime: 'node@26.10.0', what: 'the package', command: ['node', PACKAGE] },
  { runtime: 'bun@1.4.5', what: 'the package', command: ['bun', PACKAGE] },
  { runtime: 'deno@2.9.6', what: 'the package', command: ['deno', 'run', '--allow-all', PACKAGE] },
]

const rows = RUNS.map(({ runtime, what, command }) => {
  const { status } = spawnSync('npx', ['--yes', `--package=${runtime}`, '--', ...command], {
    stdio: 'inherit',
  })
  return { runtime, what, hasPassed: status === 0 }
})
console.table(rows)
if (rows.some(({ hasPassed }) => !hasPassed)) process.exitCode = 1

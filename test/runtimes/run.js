import { spawnSync } from 'node:child_process'

/**
 * Runs all tests on the current LTS release of Node, those of the units on the one before, and the built package in Bun
 * and Deno; npm brings each at the version named here. Not a part of `npm test`, for it is large.
 */
const ALL = ['node', 'node_modules/vitest/vitest.mjs', 'run', '--config', 'test/vitest.config.ts']
const UNITS = [...ALL, '--project', 'unit']
const PACKAGE = 'test/runtimes/try-package.js'
const RUNS = [
  { runtime: 'node@26.10.0', what: 'all tests', command: ALL },
  { runtime: 'node@24.21.0', what: 'unit tests', command: UNITS },
  { runtime: 'node@26.10.0', what: 'the package', command: ['node', PACKAGE] },
  { runtime: 'bun@1.4.5', what: 'the package', command: ['bun', PACKAGE] },
  { runtime: 'deno@2.9.6', what: 'the package', command: ['deno', 'run', '--allow-all', PACKAGE] },
]

const rows = RUNS.map(({ runtime, what, command }) => {
  const { status } = spawnSync('npx', ['--yes', `--package=${runtime}`, '--', ...command], {
    stdio: 'inherit',
  })
  return { runtime, what, isGreen: status === 0 }
})
console.table(rows)
if (rows.some(({ isGreen }) => !isGreen)) process.exitCode = 1

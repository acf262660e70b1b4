import { spawnSync } from 'node:child_process'

/**
 * Runs the unit tests on newer releases of Node, and the built package in Bun and Deno, each of which npm brings at the
 * version named here. Not a part of `npm test`, for they are large.
 */
const SUITE = [
  'node_modules/vitest/vitest.mjs',
  'run',
  '--config',
  'test/vitest.config.ts',
  '--project',
  'unit',
]
const PACKAGE = 'test/runtimes/try-package.js'
const RUNS = [
  { runtime: 'node@24.21.0', command: ['node', ...SUITE] },
  { runtime: 'node@26.10.0', command: ['node', ...SUITE] },
  { runtime: 'node@26.10.0', command: ['node', PACKAGE] },
  { runtime: 'bun@1.4.5', command: ['bun', PACKAGE] },
  { runtime: 'deno@2.9.6', command: ['deno', 'run', '--allow-all', PACKAGE] },
]

const rows = RUNS.map(({ runtime, command }) => {
  const { status } = spawnSync('npx', ['--yes', `--package=${runtime}`, '--', ...command], {
    stdio: 'inherit',
  })
  return { runtime, what: command.includes(PACKAGE) ? 'the package' : 'unit tests', isGreen: status === 0 }
})
console.table(rows)
if (rows.some(({ isGreen }) => !isGreen)) process.exitCode = 1

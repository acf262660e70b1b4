import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { svelte } from './support/svelte-plugin.js'

export const root = new URL('..', import.meta.url).pathname
export const alias = { 'turnkeeper/server': `${root}src/server/index.ts`, turnkeeper: `${root}src/index.ts` }
const marathon = ['test/browser/marathon.test.ts']
// Where browsers and servers run beside each other, a machine that stands still for a moment is told from a fault by a
// second try; the report names each test that took one.
const slow = { retry: 1, testTimeout: 120_000, hookTimeout: 120_000 }

/** What takes minutes though the file is short, and so would come last and run alone. */
const LONG = /browser\/(recipes|demo)\.test\.ts$/

class LongOnesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification) => Number(LONG.test(moduleId))
    return (await super.sort(files)).sort((one, other) => isLong(other) - isLong(one))
  }
}

export default defineConfig({
  root,
  test: {
    sequence: { sequencer: LongOnesFirst },
    maxConcurrency: 4,
    maxWorkers: 2, // on two cores, for a browser test waits for most of its time
    reporters: ['default', ['json', { outputFile: 'test/.results/report.json' }]],
    dangerouslyIgnoreUnhandledErrors: false,
    projects: [
      {
        root,
        resolve: { alias },
        plugins: [svelte()],
        test: {
          name: 'unit',
          testTimeout: 30_000, // none takes so long, but on a machine that is busy with browsers
          include: [
            'test/*.test.ts',
            'test/{config,diagnostics,refresh,fetch,fuzz,peer,provider,server}/*.test.ts',
            'test/demo/*.test.{ts,tsx}',
          ],
        },
      },
      {
        root,
        test: {
          name: 'browser',
          include: ['test/browser/*.test.ts'],
          exclude: marathon,
          ...slow,
        },
      },
      // After the others, and alone: it keeps a machine busy, and a busy one loses what it counts.
      {
        root,
        test: {
          name: 'marathon',
          include: marathon,
          sequence: { groupOrder: 1 },
          maxWorkers: 1,
          ...slow,
        },
      },
      { root, test: { name: 'package', include: ['test/package/*.test.ts'], ...slow } },
    ],
    coverage: {
      include: ['src/**'],
      reporter: ['text-summary', 'html'],
      reportsDirectory: 'coverage',
      thresholds: { lines: 95, branches: 95, functions: 95, statements: 95 },
    },
  },
})

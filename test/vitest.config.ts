/** The configuration of `npm test`: unit, browser and package tests. */
import { defineConfig, type TestUserConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { svelte } from './support/svelte-plugin.js'

export const root = new URL('..', import.meta.url).pathname
const entries = ['server', 'react', 'vue', 'svelte'].map((name) => [
  `turnkeeper/${name}`,
  `${root}src/${name}/index.ts`,
])
export const alias = { ...Object.fromEntries(entries), turnkeeper: `${root}src/index.ts` }

/** Tests that need third-party servers or engines, a large package, or minutes: they run in `npm run test:field`. */
export const FIELD_TESTS = [
  'browser/after-expiry',
  'browser/restart-reports',
  'browser/diagnostics',
  'browser/drop-in',
  'browser/explain',
  'browser/in-band',
  'browser/interoperability',
  'browser/kept-allocations',
  'browser/long-calls',
  'browser/marathon',
  'browser/migration',
  'browser/network-changes',
  'browser/rate-limit-stores',
  'browser/recipes',
  'browser/relay-usage',
  'browser/redis-clients',
  'browser/ringing',
  'browser/soak',
  'browser/survival',
  'browser/turn-rest',
  'browser/turn-server-outages',
  'browser/two-browsers',
  'browser/waking',
  'browser/webkit',
  'browser/workerd',
  'browser/wrappers',
  'cli/coturn',
  'package/command-versions',
  'package/hermes',
  'package/next',
  'package/tarball',
  'package/starters',
].map((name) => `test/${name}.test.ts`)

/** Browsers and servers share the machine, so a test that failed because it stalled is retried. The report names retries. */
export const slow = { retry: 1, testTimeout: 120_000, hookTimeout: 120_000 }

/** Two on two cores, because a browser test waits for most of its time. */
const maxWorkers = 2

/**
 * These run first, in this order: by their size alone some of them would run last, and alone. `interoperability` and
 * `drop-in` are far apart, because a busy machine loses messages.
 */
const FIRST_FILES = [
  'browser/demo',
  'browser/interoperability',
  'browser/explain',
  'browser/kept-allocations',
  'browser/recipes',
  'browser/waking',
  'browser/turn-server-outages',
  'browser/drop-in',
  'browser/network-changes',
  'browser/restart-reports',
  'browser/survival',
  'package/starters',
  'package/tarball',
  'package/next',
  'browser/two-browsers',
  'browser/relay-usage',
  'browser/in-band',
  'browser/wrappers',
]

/** Runs `FIRST_FILES` first. */
class ListedFilesFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rankOf = ({ moduleId }: TestSpecification) => {
      const index = FIRST_FILES.findIndex((name) => moduleId.endsWith(`/test/${name}.test.ts`))
      return index === -1 ? FIRST_FILES.length : index
    }
    return (await super.sort(files)).sort((a, b) => rankOf(a) - rankOf(b))
  }
}

/** What both configurations share. The report goes to `test/.results`. */
export const runWithReport = (fileName: string) =>
  ({
    sequence: { sequencer: ListedFilesFirst },
    maxConcurrency: 4,
    maxWorkers,
    reporters: ['default', ['json', { outputFile: `test/.results/${fileName}` }]],
    dangerouslyIgnoreUnhandledErrors: false,
  }) satisfies TestUserConfig

export default defineConfig({
  root,
  test: {
    ...runWithReport('report.json'),
    projects: [
      {
        root,
        resolve: { alias },
        plugins: [svelte()],
        test: {
          name: 'unit',
          pool: 'threads', // they start faster than processes
          testTimeout: 30_000, // browsers run at the same time
          include: [
            'test/*.test.ts',
            'test/{cli,config,demo,diagnostics,drop-in,refresh,fetch,fuzz,peer,provider,server}/*.test.ts',
            'test/{bindings,react,vue,svelte}/*.test.{ts,tsx}',
          ],
          exclude: FIELD_TESTS,
        },
      },
      {
        root,
        test: { name: 'browser', include: ['test/browser/*.test.ts'], exclude: FIELD_TESTS, ...slow },
      },
      {
        root,
        test: { name: 'package', include: ['test/package/*.test.ts'], exclude: FIELD_TESTS, ...slow },
      },
    ],
    coverage: {
      include: ['src/**'],
      reporter: ['text-summary', 'html'],
      reportsDirectory: 'coverage',
      thresholds: { lines: 95, branches: 95, functions: 95, statements: 95 },
    },
  },
})

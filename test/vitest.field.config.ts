/** The configuration of `npm run test:field`: tests with third-party servers, and tests that take minutes. */
import { defineConfig } from 'vitest/config'
import { FIELD_TESTS, LongFilesFirst, maxWorkers, root, slow } from './vitest.config.js'

const isMarathon = (path: string) => path.endsWith('/marathon.test.ts')

export default defineConfig({
  root,
  test: {
    sequence: { sequencer: LongFilesFirst },
    maxConcurrency: 4,
    maxWorkers,
    reporters: ['default', ['json', { outputFile: 'test/.results/field.json' }]],
    dangerouslyIgnoreUnhandledErrors: false,
    projects: [
      { root, test: { name: 'field', include: FIELD_TESTS.filter((path) => !isMarathon(path)), ...slow } },
      // After the others and alone: it counts lost messages, and a busy machine loses some.
      {
        root,
        test: {
          name: 'marathon',
          include: FIELD_TESTS.filter(isMarathon),
          sequence: { groupOrder: 1 },
          maxWorkers: 1,
          ...slow,
        },
      },
    ],
  },
})

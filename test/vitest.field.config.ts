/** The configuration of `npm run test:field`: tests with third-party servers, and tests that take minutes. */
import { defineConfig } from 'vitest/config'
import { FIELD_TESTS, root, runWithReport, slow } from './vitest.config.js'

const isMarathon = (path: string) => /\/(marathon|long-calls)\.test\.ts$/.test(path)

/** Beyond 100 rotations, `npm run marathon` measures in place of testing: Firefox does not get that far on every server. */
const marathon = Number(process.env.MARATHON_ROTATIONS) > 100 ? 'long-calls' : 'marathon'

export default defineConfig({
  root,
  test: {
    ...runWithReport('field.json'),
    projects: [
      {
        root,
        test: {
          name: 'field',
          include: FIELD_TESTS.filter((path) => !isMarathon(path)),
          maxConcurrency: 5,
          ...slow,
        },
      },
      // After the others and alone: it counts lost messages, and a busy machine loses some.
      {
        root,
        test: {
          name: 'marathon',
          include: [`test/browser/${marathon}.test.ts`],
          sequence: { groupOrder: 1 },
          maxWorkers: 1,
          ...slow,
        },
      },
    ],
  },
})

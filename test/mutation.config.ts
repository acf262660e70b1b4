/**
 * The configuration of `npm run mutation`: unit tests only, without those that read the source or draw at random. Each mutant loads all
 * test files, so `MUTATION_TESTS='test/peer/*.test.ts'` is much faster for a part of the source; its score is a lower limit. Fake clocks
 * make every test fast, so a short time limit ends mutants that hang.
 */
import { defineConfig } from 'vitest/config'
import { alias, root } from './vitest.config.js'

export default defineConfig({
  root,
  resolve: { alias },
  test: {
    testTimeout: 8_000,
    include: process.env.MUTATION_TESTS?.split(' ') ?? [
      'test/{abortable,clock,errors,events,options,option-checks}.test.ts',
      'test/{config,drop-in,refresh,fetch,peer,provider,server}/*.test.ts',
    ],
    exclude: ['test/refresh/fleet.test.ts', 'test/server/recipes.test.ts'],
  },
})

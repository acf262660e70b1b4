import { defineConfig } from 'vitest/config'
import { alias, root } from './vitest.config.js'

/** The tests that mutants have to survive: of the units only, and none that looks at the source or draws at random. */
export default defineConfig({
  root,
  resolve: { alias },
  test: {
    testTimeout: 10_000,
    include: [
      'test/{abortable,clock,errors,events,options,option-checks}.test.ts',
      'test/{config,refresh,fetch,peer,provider,server}/*.test.ts',
    ],
    exclude: ['test/refresh/fleet.test.ts', 'test/server/recipes.test.ts'],
  },
})

/** The configuration of `npm run mutation`: unit tests only, without those that read the source or draw at random. */
import { defineConfig } from 'vitest/config'
import { alias, root } from './vitest.config.js'

export default defineConfig({
  root,
  resolve: { alias },
  test: {
    testTimeout: 60_000,
    include: [
      'test/{abortable,clock,errors,events,options,option-checks}.test.ts',
      'test/{config,drop-in,refresh,fetch,peer,provider,server}/*.test.ts',
    ],
    exclude: ['test/refresh/fleet.test.ts', 'test/server/recipes.test.ts'],
  },
})

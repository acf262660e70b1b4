import { randomInt } from 'node:crypto'
import type { Parameters } from 'fast-check'

/** How many times as long as in `npm test`; `npm run fuzz` sets it. */
const FACTOR = Number(process.env.FUZZ_FACTOR ?? 1)

/** A short run always takes the same way, so that it tells of a change and not of luck. */
const seed = Number(process.env.FUZZ_SEED ?? (FACTOR > 1 ? randomInt(2 ** 31) : 20_261_124))
if (FACTOR > 1) console.log(`FUZZ_SEED=${seed}`)

/** What `fc.assert` gets for so many runs of a short fuzz. */
export const runs = (numRuns: number): Pick<Parameters, 'seed' | 'numRuns' | 'endOnFailure'> => ({
  seed,
  numRuns: Math.ceil(numRuns * FACTOR),
  // A long run has said enough with the seed, and to shrink a schedule takes minutes.
  endOnFailure: FACTOR > 1,
})

/** For a test of such runs. */
export const FUZZ_TIMEOUT = { timeout: 30_000 * FACTOR }

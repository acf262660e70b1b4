import { randomInt } from 'node:crypto'
import type { Parameters } from 'fast-check'

/** Multiplies the number of runs of `npm test`; `npm run fuzz` sets it. */
const FACTOR = Number(process.env.FUZZ_FACTOR ?? 1)

/** A short run always uses the same seed, so that it fails because of a change and not by chance. */
const seed = Number(process.env.FUZZ_SEED ?? (FACTOR > 1 ? randomInt(2 ** 31) : 20_261_124))
if (FACTOR > 1) console.log(`FUZZ_SEED=${seed}`)

/** Returns the parameters of `fc.assert` for this number of runs in `npm test`. */
export const runs = (numRuns: number): Pick<Parameters, 'seed' | 'numRuns' | 'endOnFailure'> => ({
  seed,
  numRuns: Math.ceil(numRuns * FACTOR),
  // The seed of a long run is enough to reproduce it, and shrinking a schedule takes minutes.
  endOnFailure: FACTOR > 1,
})

/** Options of a test that uses `runs`. */
export const FUZZ_TIMEOUT = { timeout: 30_000 * FACTOR }

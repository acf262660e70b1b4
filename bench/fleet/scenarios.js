/** The scenarios of the simulation. */
import { runnerImport } from 'vite'
import { MINUTE } from '../time.js'
import { fixedMarginPolicy, libraryPolicy, pollPolicy, slowRetryPolicy } from './policies.js'
import { loadBetween, simulate } from './simulate.js'

const OUTAGE_MS = 30 * MINUTE
const LIFETIMES = 6

/** Resolves with the policies by name. Those of the library use its source, not a copy. */
export async function loadPolicies() {
  const source = (file) => new URL(`../../src/refresh/${file}.ts`, import.meta.url).pathname
  const [refreshState, refreshPolicy] = await Promise.all(
    ['refresh-state', 'refresh-policy'].map(async (file) => (await runnerImport(source(file))).module),
  )
  return {
    turnkeeper: libraryPolicy(refreshState),
    'timer, no jitter': fixedMarginPolicy,
    'poll every 10 min': pollPolicy,
    'turnkeeper, slow retries': slowRetryPolicy(refreshPolicy),
  }
}

/** All clients start within one minute. */
export function runCommonStart(createClient, clients, lifetimeMs) {
  const endsAt = LIFETIMES * lifetimeMs
  const result = simulate({ createClient, clients, startsWithinMs: MINUTE, lifetimeMs, endsAt })
  const { peak, mean } = loadBetween(result.requests, lifetimeMs, endsAt)
  return { ...result, mean, peakToMean: peak / mean }
}

/** The backend is unavailable for 30 minutes after three lifetimes of steady operation. */
export function runOutage(createClient, clients, lifetimeMs) {
  const outage = { from: 3 * lifetimeMs, to: 3 * lifetimeMs + OUTAGE_MS }
  const endsAt = LIFETIMES * lifetimeMs
  const result = simulate({ createClient, clients, startsWithinMs: lifetimeMs, lifetimeMs, endsAt, outage })
  const steady = loadBetween(result.requests, 2 * lifetimeMs, outage.from)
  return {
    ...result,
    mean: steady.mean,
    steadyPeakToMean: steady.peak / steady.mean,
    peakDuring: loadBetween(result.requests, outage.from, outage.to).peak / steady.mean,
    peakAfter: loadBetween(result.requests, outage.to, endsAt).peak / steady.mean,
    recoveredAfterMinutes: Math.max((result.recoveredAt - outage.to) / MINUTE, 0),
  }
}

/** One request in ten fails at random. */
export function runFlaky(createClient, clients, lifetimeMs) {
  const endsAt = LIFETIMES * lifetimeMs
  return simulate({
    createClient,
    clients,
    startsWithinMs: lifetimeMs,
    lifetimeMs,
    endsAt,
    failureRatio: 1 / 10,
  })
}

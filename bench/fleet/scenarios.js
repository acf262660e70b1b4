import { runnerImport } from 'vite'
import { fixedMarginPolicy, libraryPolicy, patientPolicy, pollPolicy } from './policies.js'
import { loadBetween, simulate } from './simulate.js'

const MINUTE = 60_000
const OUTAGE_MS = 30 * MINUTE
const LIFETIMES = 6

/** What is compared, by name. The library's part is its own source, not a copy. */
export async function loadPolicies() {
  const source = (file) => new URL(`../../src/refresh/${file}.ts`, import.meta.url).pathname
  const [schedule, rules] = await Promise.all(
    ['schedule', 'refresh-policy'].map(async (file) => (await runnerImport(source(file))).module),
  )
  return {
    turnkeeper: libraryPolicy(schedule),
    'timer, no jitter': fixedMarginPolicy,
    'poll every 10 min': pollPolicy,
    'turnkeeper, patient': patientPolicy(rules),
  }
}

/** Everybody starts within one minute. */
export function runCommonStart(createClient, clients, lifetimeMs) {
  const endsAt = LIFETIMES * lifetimeMs
  const result = simulate({ createClient, clients, startsWithinMs: MINUTE, lifetimeMs, endsAt })
  const { peak, mean } = loadBetween(result.requests, lifetimeMs, endsAt)
  return { ...result, mean, peakToMean: peak / mean }
}

/** A fleet that has run for long, then half an hour without a backend. */
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
    healedAfterMinutes: Math.max((result.healedAt - outage.to) / MINUTE, 0),
  }
}

/** A backend that fails one request in ten, at random. */
export function runFlaky(createClient, clients, lifetimeMs) {
  const endsAt = LIFETIMES * lifetimeMs
  return simulate({
    createClient,
    clients,
    startsWithinMs: lifetimeMs,
    lifetimeMs,
    endsAt,
    failureShare: 1 / 10,
  })
}

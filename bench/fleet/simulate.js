/** A simulation of a fleet of clients and their backend. */
import { MINUTE, SECOND } from '../time.js'

/** @typedef {{ dueAt: () => number, succeed: (expiresAt: number) => void, fail: () => void }} Client */

/** Returns a generator of numbers from 0 to 1 (mulberry32), which are the same in every run. */
export function seededRandom(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let bits = Math.imul(state ^ (state >>> 15), state | 1)
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * Simulates the whole fleet. Each client requests credentials when its policy says so. The request fails while the backend
 * is unavailable. Responses take no time. All times are in ms since the start.
 *
 * @param {object} scenario
 * @param {(clock: { now: number }, random: () => number) => Client} scenario.createClient - The policy.
 * @param {number} scenario.clients - The number of clients.
 * @param {number} scenario.startsWithinMs - Clients start at random times within this period.
 * @param {number} scenario.lifetimeMs - The lifetime of credentials.
 * @param {number} scenario.endsAt
 * @param {{ from: number, to: number }} [scenario.outage]
 * @param {number} [scenario.failureRatio] - The ratio of requests that fail at random.
 */
export function simulate(scenario) {
  const { createClient, clients, startsWithinMs, lifetimeMs, endsAt, outage, failureRatio = 0 } = scenario
  const random = seededRandom(clients)
  const clock = { now: 0 }
  const clientsBySecond = Array.from({ length: Math.ceil(endsAt / SECOND) }, () => [])
  const fleet = Array.from({ length: clients }, () => createClient(clock, random))
  const nextAt = Float64Array.from(fleet, () => random() * startsWithinMs)
  const expiresAt = new Float64Array(clients).fill(Number.NaN)
  const hasFailed = new Uint8Array(clients)
  const everExpired = new Uint8Array(clients)
  const requests = new Float64Array(Math.ceil(endsAt / MINUTE))
  let issuedCount = 0
  let unusedMs = 0
  let expiredMs = 0
  let expiredWithoutFailure = 0
  let recoveredAt = 0

  const isUnavailable = () =>
    (outage && clock.now >= outage.from && clock.now < outage.to) ||
    (failureRatio > 0 && random() < failureRatio)
  const schedule = (id) => clientsBySecond[Math.floor(nextAt[id] / SECOND)]?.push(id)
  const recordExpiry = (id) => {
    const gapMs = clock.now - expiresAt[id]
    unusedMs += Math.max(-gapMs, 0) || 0
    if (!(gapMs > 0)) return
    everExpired[id] = 1
    expiredMs += gapMs
    recoveredAt = clock.now
    if (!hasFailed[id]) expiredWithoutFailure++
  }
  const request = (id) => {
    const { now } = clock
    requests[Math.floor(now / MINUTE)]++
    if (isUnavailable()) {
      hasFailed[id] = 1
      fleet[id].fail()
    } else {
      recordExpiry(id)
      issuedCount++
      hasFailed[id] = 0
      expiresAt[id] = now + lifetimeMs
      fleet[id].succeed(expiresAt[id])
    }
    nextAt[id] = fleet[id].dueAt()
    schedule(id)
  }

  for (let id = 0; id < clients; id++) schedule(id)
  for (const [second, ids] of clientsBySecond.entries()) {
    for (const id of ids) {
      clock.now = nextAt[id]
      request(id)
    }
    clientsBySecond[second] = [] // a day of a million clients does not fit into the heap
  }
  clock.now = endsAt
  for (let id = 0; id < clients; id++) if (expiresAt[id] < endsAt) recordExpiry(id)
  return {
    requests,
    issuedCount,
    /** Ratio of the issued lifetime that remained when credentials were replaced. */
    unusedRatio: unusedMs / (issuedCount * lifetimeMs),
    /** Ratio of clients whose credentials ever expired. */
    expiredRatio: everExpired.reduce((sum, was) => sum + was, 0) / clients,
    /** How often credentials expired although no request of the client had failed. */
    expiredWithoutFailure,
    expiredMinutes: expiredMs / clients / MINUTE,
    /** When the last client had valid credentials again. */
    recoveredAt,
  }
}

/** Returns the highest and the mean number of requests per minute between two times. */
export function loadBetween(requests, from, to) {
  const minutes = requests.slice(Math.ceil(from / MINUTE), Math.floor(to / MINUTE))
  return { peak: Math.max(...minutes), mean: minutes.reduce((sum, count) => sum + count, 0) / minutes.length }
}

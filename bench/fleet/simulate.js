/** @typedef {{ dueAt: () => number, succeed: (expiresAt: number) => void, fail: () => void }} Client */

const SECOND = 1000
const MINUTE = 60_000

/** The same random numbers in every run (mulberry32). From 0 to 1. */
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
 * Lives through the time of a whole fleet: each client asks whenever its policy says so, and gets credentials, or a
 * failure while the backend is away. Answers take no time. All moments are ms from the start.
 *
 * @param {object} scenario
 * @param {(clock: { now: number }, random: () => number) => Client} scenario.createClient - by the policy
 * @param {number} scenario.clients - how many
 * @param {number} scenario.startsWithinMs - they start at random moments within this time
 * @param {number} scenario.lifetimeMs - of the credentials
 * @param {number} scenario.endsAt
 * @param {{ from: number, to: number }} [scenario.outage]
 * @param {number} [scenario.failureShare] - of the requests, at random
 */
export function simulate(scenario) {
  const { createClient, clients, startsWithinMs, lifetimeMs, endsAt, outage, failureShare = 0 } = scenario
  const random = seededRandom(clients)
  const clock = { now: 0 }
  const calendar = Array.from({ length: Math.ceil(endsAt / SECOND) }, () => [])
  const fleet = Array.from({ length: clients }, () => createClient(clock, random))
  const nextAt = Float64Array.from(fleet, () => random() * startsWithinMs)
  const expiresAt = new Float64Array(clients).fill(Number.NaN)
  const hasFailed = new Uint8Array(clients)
  const wasWithout = new Uint8Array(clients)
  const requests = new Float64Array(Math.ceil(endsAt / MINUTE))
  let minted = 0
  let unusedMs = 0
  let withoutMs = 0
  let withoutByItself = 0
  let healedAt = 0

  const isAway = () =>
    (outage && clock.now >= outage.from && clock.now < outage.to) ||
    (failureShare > 0 && random() < failureShare)
  const enter = (id) => calendar[Math.floor(nextAt[id] / SECOND)]?.push(id)
  const noteTimeWithout = (id) => {
    const gapMs = clock.now - expiresAt[id]
    unusedMs += Math.max(-gapMs, 0) || 0
    if (!(gapMs > 0)) return
    wasWithout[id] = 1
    withoutMs += gapMs
    healedAt = clock.now
    if (!hasFailed[id]) withoutByItself++
  }
  const ask = (id) => {
    const { now } = clock
    requests[Math.floor(now / MINUTE)]++
    if (isAway()) {
      hasFailed[id] = 1
      fleet[id].fail()
    } else {
      noteTimeWithout(id)
      minted++
      hasFailed[id] = 0
      expiresAt[id] = now + lifetimeMs
      fleet[id].succeed(expiresAt[id])
    }
    nextAt[id] = fleet[id].dueAt()
    enter(id)
  }

  for (let id = 0; id < clients; id++) enter(id)
  for (const [second, ids] of calendar.entries()) {
    for (const id of ids) {
      clock.now = nextAt[id]
      ask(id)
    }
    calendar[second] = [] // a day of a million clients is more than a heap holds
  }
  clock.now = endsAt
  for (let id = 0; id < clients; id++) if (expiresAt[id] < endsAt) noteTimeWithout(id)
  return {
    requests,
    minted,
    /** Share of all minted lifetime that was replaced before it was used. */
    unusedShare: unusedMs / (minted * lifetimeMs),
    /** Share of the clients that ever held expired credentials. */
    withoutShare: wasWithout.reduce((sum, was) => sum + was, 0) / clients,
    /** How often this befell a client that no request had failed. */
    withoutByItself,
    withoutMinutes: withoutMs / clients / MINUTE,
    /** When the last one had valid credentials again. */
    healedAt,
  }
}

/** Requests in a minute: the highest, and the mean, of the minutes between two moments. */
export function loadBetween(requests, from, to) {
  const minutes = requests.slice(Math.ceil(from / MINUTE), Math.floor(to / MINUTE))
  return { peak: Math.max(...minutes), mean: minutes.reduce((sum, count) => sum + count, 0) / minutes.length }
}

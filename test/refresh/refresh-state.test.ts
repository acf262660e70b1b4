import { describe, expect, it } from 'vitest'
import {
  createRefreshRecord,
  isDenied,
  nextRefreshState,
  type Outage,
  phaseOf,
  type RefreshEvent,
  type RefreshRecord,
  type RefreshState,
  type RequestUrgency,
  requestAt,
} from '../../src/refresh/refresh-state.js'
import { HOUR, MINUTE, SECOND } from '../support/time.js'

const EARLIEST = 500_000
const NOW = 1_000_000
const CONTEXT = { random: () => 1, minRefreshIntervalMs: SECOND }

const outage: Outage = { durationMs: MINUTE, failedAt: 900_000 }
const resting: RefreshState = { name: 'resting' }
const inFlight: RefreshState = { name: 'in-flight', outageMs: undefined, wasDenied: false }
const failing: RefreshState = { name: 'in-flight', outageMs: 2 * MINUTE, wasDenied: false }
const backingOff: RefreshState = { name: 'backing-off', retryAt: 960_000, outage }
const longBackoff: RefreshState = { name: 'backing-off', retryAt: NOW + HOUR, outage }
const backOnline: RefreshState = { ...backingOff, retryAt: EARLIEST, outage: { ...outage, durationMs: 0 } }
const waiting: RefreshState = { name: 'waiting-for-network', retryAt: 960_000, outage }
const denied: RefreshState = { name: 'denied', outage }
const stopped: RefreshState = { name: 'stopped', outage }
const closed: RefreshState = { name: 'closed' }

const lifetime = { fetchedAt: NOW, expiresAt: NOW + HOUR }
const requested: RefreshEvent = { type: 'request-started' }
const succeeded: RefreshEvent = { type: 'configuration-received', lifetime, serversChanged: true }
const failed: RefreshEvent = {
  type: 'request-failed',
  stop: undefined,
  retryAfterMs: undefined,
  isOffline: false,
}
const rejected: RefreshEvent = { type: 'credentials-rejected' }

const recordIn = (state: RefreshState, rest: Partial<RefreshRecord> = {}): RefreshRecord => ({
  state,
  lifetime: { fetchedAt: 0, expiresAt: NOW + 10 * MINUTE },
  refreshAt: 800_000,
  earliestRequestAt: EARLIEST,
  rejection: undefined,
  ...rest,
})
const next = (record: RefreshRecord, event: RefreshEvent, now = NOW) =>
  nextRefreshState(record, event, { ...CONTEXT, now })

describe('nextRefreshState', () => {
  it.each([
    ['resting', requested, resting, inFlight],
    ['backing off', requested, backingOff, { ...inFlight, outageMs: 2 * MINUTE }],
    ['waiting for the network', requested, waiting, { ...inFlight, outageMs: 2 * MINUTE }],
    ['denied', requested, denied, { name: 'in-flight', outageMs: MINUTE + 100_000, wasDenied: true }],
    ['resting', succeeded, resting, resting],
    ['in flight', succeeded, inFlight, resting],
    ['backing off', succeeded, backingOff, resting],
    ['denied', succeeded, denied, resting],
    ['in flight', failed, inFlight, { name: 'backing-off', outage: { durationMs: 0, failedAt: NOW } }],
    ['in flight', { ...failed, isOffline: true }, inFlight, { name: 'waiting-for-network' }],
    ['in flight', { ...failed, stop: 'denied' }, inFlight, { name: 'denied', outage: { failedAt: NOW } }],
    ['in flight', { ...failed, stop: 'stopped' }, inFlight, { name: 'stopped', outage: { failedAt: NOW } }],
    ['stopped', requested, stopped, { name: 'in-flight', outageMs: MINUTE + 100_000, wasDenied: false }],
    ['stopped', succeeded, stopped, resting],
    ['stopped', { type: 'online' }, stopped, stopped],
    ['backing off', { type: 'online' }, backingOff, backOnline],
    ['waiting for the network', { type: 'online' }, waiting, backOnline],
    ['resting', { type: 'online' }, resting, resting],
    ['denied', { type: 'online' }, denied, denied],
    ['resting', rejected, resting, resting],
    ['in flight', rejected, inFlight, inFlight],
    ['denied', rejected, denied, denied],
    ['resting', { type: 'closed' }, resting, closed],
    ['closed', succeeded, closed, closed],
    ['closed', requested, closed, closed],
  ] as [string, RefreshEvent, RefreshState, object][])(
    'moves a record that is %s by %o',
    (_, event, state, expected) => {
      expect(next(recordIn(state), event).state).toMatchObject(expected)
    },
  )

  it('plans the refresh from the lifetime, and keeps the minimum interval', () => {
    const record = next(recordIn(inFlight), succeeded)
    expect(record).toMatchObject({ lifetime, earliestRequestAt: NOW + SECOND })
    expect(record.refreshAt).toBe(lifetime.expiresAt - 10 * MINUTE - HOUR / 10)
  })

  it('spreads the refresh over the lifetime after the first success and after an outage', () => {
    const first = next(createRefreshRecord(NOW), succeeded)
    const afterOutage = next(recordIn(failing), succeeded)
    expect([first.refreshAt, afterOutage.refreshAt]).toEqual([NOW, NOW])
  })

  it('extends the outage by the time that was waited, not by the time that was slept through', () => {
    const startedAt = [930_000, 960_000, NOW + HOUR]
    const durations = startedAt.map((now) => {
      const { state } = next(next(recordIn(backingOff), requested, now), failed, now + SECOND)
      return 'outage' in state && state.outage?.durationMs
    })
    expect(durations).toEqual([MINUTE + 30_000, 2 * MINUTE, 2 * MINUTE])
  })

  it('backs off by the remaining lifetime while the credentials are valid, and by the outage afterwards', () => {
    const retryDelay = (record: RefreshRecord) => {
      const { state, earliestRequestAt } = next(record, failed)
      return 'retryAt' in state && state.retryAt - earliestRequestAt
    }
    const expired = { lifetime: { fetchedAt: 0, expiresAt: NOW } }
    const areRejected = { rejection: { since: NOW, isReplaced: false } }
    expect(retryDelay(recordIn(failing))).toBe(10 * MINUTE - SECOND)
    expect(retryDelay(recordIn(failing, expired))).toBe(6 * MINUTE)
    expect(retryDelay(recordIn(failing, areRejected))).toBe(6 * MINUTE)
    expect(retryDelay(createRefreshRecord(NOW))).toBe(2 * SECOND)
  })

  it('grows the backoff from failure to failure up to half an hour', () => {
    const delays: number[] = []
    let now = NOW
    let record = createRefreshRecord(now)
    for (let i = 0; i < 9; i++) {
      record = next(next(record, requested, now), failed, now)
      const retryAt = requestAt(record, undefined) ?? Number.NaN
      delays.push(retryAt - now)
      now = retryAt
    }
    expect(delays).toEqual([...delays].sort((a, b) => a - b))
    expect(delays[0]).toBe(3 * SECOND)
    expect(delays.at(-1)).toBe(30 * MINUTE + SECOND)
  })

  it('makes a refresh due at once when credentials are rejected for the first time', () => {
    const record = next(recordIn(resting, { refreshAt: NOW + HOUR }), rejected)
    expect(record).toMatchObject({ refreshAt: NOW, rejection: { since: NOW, isReplaced: false } })
    expect(phaseOf(record, NOW)).toBe('stale')
  })

  it('shortens the backoff of a failure when the credentials turn out to be rejected', () => {
    const record = next(recordIn(longBackoff, { earliestRequestAt: NOW }), rejected)
    expect(record.state).toEqual({ ...longBackoff, retryAt: NOW + 3 * MINUTE })
    const soon: RefreshState = { ...longBackoff, retryAt: NOW + SECOND }
    expect(next(recordIn(soon), rejected).state).toEqual(soon)
  })

  it('backs off while the replacements are rejected, and forgets it after replacements that are not', () => {
    const later = NOW + 10 * SECOND
    const replaced = next(next(recordIn(resting), rejected), succeeded)
    expect(replaced.rejection).toEqual({ since: NOW, isReplaced: true })
    const again = next(replaced, rejected, later)
    expect(again.state).toMatchObject({ name: 'backing-off', retryAt: later + 30 * SECOND })
    const accepted = next(next(again, succeeded, later), succeeded, later)
    expect(accepted.rejection).toBeUndefined()
    expect(next(accepted, rejected, later).state).toEqual(resting)
  })

  it('keeps an outage and a later retry when rejected credentials are rejected again', () => {
    const rejection = { since: NOW - SECOND, isReplaced: true }
    expect(next(recordIn(longBackoff, { rejection }), rejected).state).toEqual(longBackoff)
    expect(next(recordIn(waiting, { rejection }), rejected).state).toEqual(waiting)
    expect(next(recordIn(denied, { rejection }), rejected).state).toEqual(denied)
    expect(next(recordIn(inFlight, { rejection }), rejected).state).toEqual(inFlight)
  })

  it('moves an earlier retry by the time since the first rejection when credentials are rejected again', () => {
    const rejection = { since: NOW - 10 * SECOND, isReplaced: true }
    const { state } = next(recordIn(backingOff, { rejection }), rejected)
    expect(state).toEqual({ ...backingOff, retryAt: NOW + 30 * SECOND })
  })

  it('counts the same servers again as rejected again', () => {
    const record = next(next(recordIn(resting), rejected), { ...succeeded, serversChanged: false })
    expect(record).toMatchObject({ state: { name: 'backing-off' }, rejection: { isReplaced: false } })
    expect(phaseOf(record, NOW)).toBe('stale')
  })

  it('forgets the outage when the network is back while a request is in flight', () => {
    expect(next(recordIn(failing), { type: 'online' }).state).toEqual({ ...failing, outageMs: 0 })
    expect(next(recordIn(inFlight), { type: 'online' }).state).toEqual(inFlight)
  })

  it('respects Retry-After up to an hour', () => {
    const busy = { ...failed, retryAfterMs: 7000 }
    expect(next(recordIn(inFlight), busy).earliestRequestAt).toBe(NOW + 7000)
    expect(next(recordIn(inFlight), { ...busy, retryAfterMs: 1e9 }).earliestRequestAt).toBe(NOW + HOUR)
  })

  it('forgets the configuration when it is closed', () => {
    expect(phaseOf(next(recordIn(resting), { type: 'closed' }), NOW)).toBe('idle')
  })
})

describe('isDenied', () => {
  it.each([
    ['denied', denied, true],
    ['in flight by refresh() after a denial', { ...inFlight, wasDenied: true }, true],
    ['in flight', inFlight, false],
    ['resting', resting, false],
  ] as const)('returns for a record that is %s: %o, %s', (_, state, expected) => {
    expect(isDenied(recordIn(state))).toBe(expected)
  })
})

describe('requestAt', () => {
  it.each([
    ['resting', resting, 800_000, 800_000, EARLIEST],
    ['in flight', inFlight, undefined, undefined, undefined],
    ['closed', closed, undefined, undefined, undefined],
    ['denied', denied, undefined, undefined, EARLIEST],
    ['backing off', backingOff, 960_000, 800_000, EARLIEST],
    ['waiting for the network', waiting, 960_000, 800_000, EARLIEST],
  ] as const)(
    'returns when a record that is %s requests: planned, awaited and forced',
    (_, state, ...expected) => {
      const record = recordIn(state)
      const reasons: (RequestUrgency | undefined)[] = [undefined, 'awaited', 'forced']
      expect(reasons.map((reason) => requestAt(record, reason))).toEqual(expected)
    },
  )

  it('limits the backoff to two minutes after the earliest request while a caller is waiting', () => {
    const record = recordIn(longBackoff, { earliestRequestAt: NOW })
    expect(requestAt(record, 'awaited')).toBe(NOW + 2 * MINUTE)
    expect(requestAt(record, undefined)).toBe(NOW + HOUR)
  })

  it('returns the time of creation before the first request', () => {
    expect(requestAt(createRefreshRecord(NOW), undefined)).toBe(NOW)
  })
})

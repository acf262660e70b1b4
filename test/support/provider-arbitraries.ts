/** Random options, responses and events for the fuzz test of the provider. */
import fc from 'fast-check'
import type { IceServerProviderOptions } from '../../src/index.js'

/** How the backend responds to a request. */
export interface Outcome {
  readonly kind: 'success' | 'network' | 'denied' | 'busy' | 'failed' | 'malformed' | 'hang'
  readonly afterMs: number
  /** Number of the server. There are few, so that responses repeat. */
  readonly server: number
  readonly lifetimeMs: number
  /** Whether the response contains the time of the expiry, not the lifetime. */
  readonly isAbsolute: boolean
  readonly retryAfterMs: number
}

/** One event around a provider. */
export interface Step {
  readonly action: (typeof ACTIONS)[number]
  readonly ms: number
}

/** Repeated ones are more frequent. */
const ACTIONS = [
  ...(['passTime', 'passTime', 'passTime', 'call', 'call', 'refresh', 'abort'] as const),
  ...(['setClockAhead', 'setClockBack', 'goOffline', 'goOnline', 'showPage'] as const),
  ...(['receiveValid', 'receiveOlder', 'receiveMalformed', 'receiveRequest'] as const),
  ...(['addListener', 'removeListener', 'attach', 'detach', 'closeConnection'] as const),
  ...(['rejectCredentials', 'failConnection'] as const),
]

const durationsMs = fc.oneof(fc.nat(2000), fc.nat(60_000), fc.nat(600_000))

export const outcomes: fc.Arbitrary<Outcome[]> = fc.array(
  fc.record<Outcome>({
    kind: fc.oneof(
      fc.constant('success'),
      fc.constantFrom('success', 'network', 'denied', 'busy', 'failed', 'malformed', 'hang'),
    ),
    afterMs: fc.oneof(fc.constant(0), fc.nat(15_000)),
    server: fc.nat(1),
    lifetimeMs: fc
      .oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 60, max: 3600 }))
      .map((seconds) => seconds * 1000),
    isAbsolute: fc.boolean(),
    retryAfterMs: fc.oneof(fc.nat(20_000), fc.nat(4e6)),
  }),
  { minLength: 1, maxLength: 8 },
)

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ action: fc.constantFrom(...ACTIONS), ms: durationsMs }),
  { minLength: 5, maxLength: 40, size: 'max' },
)

export const settings: fc.Arbitrary<IceServerProviderOptions> = fc.record({
  minRefreshIntervalMs: fc.constantFrom(1000, 5000, 30_000),
  timeoutMs: fc.constantFrom(1000, 10_000),
  keepFresh: fc.constantFrom('on-demand' as const, 'always' as const),
  random: fc.constantFrom(0, 0.5, 1).map((value) => () => value),
})

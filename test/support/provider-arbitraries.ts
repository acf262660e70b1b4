import fc from 'fast-check'
import type { IceServerProviderOptions } from '../../src/index.js'

/** What the endpoint does with a request, after so many ms. */
export interface Outcome {
  readonly kind: 'success' | 'network' | 'denied' | 'busy' | 'failed' | 'garbage' | 'hang'
  readonly afterMs: number
  /** Which of a few servers, so that the same come again. */
  readonly server: number
  readonly lifetimeMs: number
  readonly isAbsolute: boolean
  readonly retryAfterMs: number
}

/** What happens in the world of a provider. */
export interface Step {
  readonly action: (typeof ACTIONS)[number]
  readonly ms: number
}

const ACTIONS = [
  ...(['sleep', 'sleep', 'sleep', 'ask', 'ask', 'refresh', 'abort', 'jumpAhead', 'putBack'] as const),
  ...(['goOffline', 'goOnline', 'wake', 'hearValid', 'hearOld', 'hearMalformed', 'hearAsk'] as const),
  ...(['listen', 'unlisten', 'attach', 'detach', 'closeConnection', 'refuse', 'lose'] as const),
]

const durations = fc.oneof(fc.nat(2000), fc.nat(60_000), fc.nat(600_000))

export const outcomes: fc.Arbitrary<Outcome[]> = fc.array(
  fc.record({
    kind: fc.oneof(
      fc.constant('success' as const),
      fc.constantFrom('success', 'network', 'denied', 'busy', 'failed', 'garbage', 'hang'),
    ),
    afterMs: fc.oneof(fc.constant(0), fc.nat(15_000)),
    server: fc.nat(1),
    lifetimeMs: fc
      .oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 60, max: 3600 }))
      .map((s) => s * 1000),
    isAbsolute: fc.boolean(),
    retryAfterMs: fc.oneof(fc.nat(20_000), fc.nat(4e6)),
  }) as fc.Arbitrary<Outcome>,
  { minLength: 1, maxLength: 8 },
)

export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ action: fc.constantFrom(...ACTIONS), ms: durations }),
  { minLength: 5, maxLength: 40, size: 'max' },
)

export const settings: fc.Arbitrary<IceServerProviderOptions> = fc.record({
  minRefreshIntervalMs: fc.constantFrom(1000, 5000, 30_000),
  timeoutMs: fc.constantFrom(1000, 10_000),
  keepFresh: fc.constantFrom('on-demand' as const, 'always' as const),
  random: fc.constantFrom(0, 0.5, 1).map((value) => () => value),
})

import type { ReadIceConfigurationOptions } from './config/read-response.js'

/** Why a configuration is asked for. */
export type RefreshReason = 'initial' | 'renewal' | 'requested'

/** What an endpoint function gets. */
export interface EndpointContext {
  /** Fires when the answer is no longer wanted: after `timeoutMs`, at `close()`. Pass it on to `fetch`. */
  readonly signal: AbortSignal
  /** Why it is asked for now. */
  readonly reason: RefreshReason
}

/**
 * Where configurations come from: the URL of the app's own backend, or a function that asks it and returns
 * the parsed JSON or the `Response` itself. The function may throw an `IceServerError`; with `ERR_DENIED`
 * it stops further tries. `method`, `headers`, `json`, `credentials`, `fetch` and `retryLimit` are for URLs only.
 */
export type IceServerEndpoint = string | URL | ((context: EndpointContext) => unknown)

/** What `fetch` takes as headers. */
export type HeadersLike = Headers | Record<string, string> | [string, string][]

/** Options of `IceServerProvider`. Durations are in ms, lifetimes of credentials in seconds. */
export interface IceServerProviderOptions {
  /** HTTP method. @defaultValue `'GET'`, with `json` `'POST'` */
  method?: string
  /** Headers of the request, or a function that makes them anew for each, such as a current access token. */
  headers?: HeadersLike | (() => HeadersLike | Promise<HeadersLike>)
  /** A value to send as JSON. */
  json?: unknown
  /** Whether to send cookies to another origin, as in `fetch`. @defaultValue `'same-origin'` */
  credentials?: 'omit' | 'same-origin' | 'include'
  /** A replacement for the global `fetch`. */
  fetch?: (request: Request, init?: RequestInit) => Promise<Response>
  /** Time for a whole refresh, with all tries, until the answer is read. @defaultValue 10 000 */
  timeoutMs?: number
  /** How often one refresh tries again after a network error; never a POST. @defaultValue 2 */
  retryLimit?: number
  /**
   * How long before its end a configuration is replaced; never more than half its lifetime.
   * @defaultValue a fifth of the lifetime, between 30 s and 10 min
   */
  refreshMarginMs?: number
  /** Lifetime if nothing in the answer tells it. @defaultValue 3600 */
  defaultTtlSeconds?: number
  /** No two requests are closer together, whoever asks for them. @defaultValue 1000 */
  minRefreshIntervalMs?: number
  /**
   * `'on-demand'`: refresh by itself while there is an `update` listener, a subscriber or an attached open
   * connection, else when asked the next time. `'always'`: from the start until `close()`.
   * @defaultValue `'on-demand'`
   */
  keepFresh?: 'on-demand' | 'always'
  /** Which URLs to keep. @defaultValue `withoutPort53` */
  urlFilter?: NonNullable<ReadIceConfigurationOptions['urlFilter']>
  /** Turns an answer of an unusual shape into a usual one, such as a list of `RTCIceServer`. May be async. */
  parse?: (body: unknown) => unknown
  /** Refuse a configuration without a TURN server. @defaultValue false */
  requireTurn?: boolean
  /**
   * Share with the provider's own kind in other tabs of the origin that have the same key, so that one of them makes
   * the request. Tabs with different endpoints or users need different keys. @defaultValue false
   */
  shareAcrossTabs?: false | string
  /** For tests. @defaultValue `Math.random` */
  random?: () => number
  /** For tests: epoch ms. @defaultValue `Date.now` */
  now?: () => number
}

/** Options of one call. */
export interface CallOptions {
  /** Gives up this call; others that wait for the same answer go on. */
  signal?: AbortSignal | undefined
}

type Defaults = 'timeoutMs' | 'retryLimit' | 'minRefreshIntervalMs' | 'random' | 'now'

/** Options with the defaults in place. Those of `readIceConfiguration` have theirs there. */
export type ResolvedOptions = IceServerProviderOptions &
  Required<Pick<IceServerProviderOptions, Defaults | 'method'>> & {
    /** In ms from some moment. Stands still under a clock of a test, which is the only one then. */
    readonly monotonicNow: () => number
  }

const DEFAULTS = {
  timeoutMs: 10_000,
  retryLimit: 2,
  minRefreshIntervalMs: 1000,
  random: () => Math.random(),
  now: () => Date.now(),
}

/** Each number stays below 2³¹ as well: above it, `setTimeout` fires at once. */
const MINIMA = {
  timeoutMs: 1,
  retryLimit: 0,
  refreshMarginMs: 0,
  defaultTtlSeconds: 1,
  minRefreshIntervalMs: 1,
}

/** @throws TypeError naming the option. */
export function resolveOptions(
  endpoint: IceServerEndpoint,
  options: IceServerProviderOptions,
): ResolvedOptions {
  const isEndpoint = ['string', 'function'].includes(typeof endpoint) || endpoint instanceof URL
  demand(isEndpoint && endpoint !== '', 'endpoint', 'a URL or a function')

  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => (value ?? null) !== null))
  const method = 'json' in given ? 'POST' : 'GET'
  const monotonicNow = () => ('now' in given ? 0 : performance.now())
  const resolved: ResolvedOptions = { method, ...DEFAULTS, ...given, monotonicNow }
  for (const [name, minimum] of Object.entries(MINIMA)) {
    const value = given[name] ?? minimum
    const isInRange = Number.isInteger(value) && value >= minimum && value < 2 ** 31
    demand(isInRange, name, `a whole number from ${minimum}`)
  }
  demand(/^(on-demand|always)$/.test(resolved.keepFresh ?? 'always'), 'keepFresh', "'on-demand' or 'always'")
  const { shareAcrossTabs: key = false } = resolved
  demand(key === false || (typeof key === 'string' && key !== ''), 'shareAcrossTabs', 'false or a key')
  for (const name of ['fetch', 'parse', 'random', 'now', 'urlFilter'] as const) {
    const isFunction = [resolved[name] ?? resolveOptions].flat().every((value) => typeof value === 'function')
    demand(isFunction, name, 'a function')
  }
  return resolved
}

function demand(condition: boolean, name: string, expected: string): asserts condition {
  if (!condition) throw new TypeError(`IceServerProvider: ${name} must be ${expected}`)
}

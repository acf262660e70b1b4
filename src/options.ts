/** Options of a provider: their types, defaults and checks. */
import type { AfterExpiry } from './config/after-expiry.js'
import type { UrlFilter } from './config/url-filter.js'
import { assertKnownOptions, assertOption } from './option-checks.js'
import { assertEndpointUrl, assertRequest } from './request-checks.js'
import { isObject } from './type-guards.js'

/** Why a configuration is requested: there is none yet, the current one is due to be refreshed, or `refresh()` was called. @group Provider */
export type RefreshReason = 'initial' | 'renewal' | 'manual'

/** Argument of an endpoint function. @group Provider */
export interface EndpointContext {
  /** Aborted after `timeoutMs` and by `close()`. Pass it on to `fetch`. */
  readonly signal: AbortSignal
  /** Why a configuration is requested. */
  readonly reason: RefreshReason
}

/**
 * Where configurations come from: a URL of the application's own backend, or a function that requests one and returns
 * the parsed JSON or the `Response` itself. The function may throw an `IceServerError`; `ERR_DENIED` stops further
 * attempts. `method`, `headers`, `json`, `credentials`, `fetch` and `retryLimit` apply to URLs only.
 * @group Provider
 */
export type IceServerEndpoint = string | URL | ((context: EndpointContext) => unknown)

/** Headers as `fetch` accepts them. @group Provider */
export type HeadersLike = Headers | Record<string, string> | [string, string][]

/** Options of `IceServerProvider`. Durations are in ms, lifetimes of credentials in seconds. @expand @group Provider */
export interface IceServerProviderOptions {
  /** HTTP method. @defaultValue `'GET'`, or `'POST'` with `json` */
  method?: string
  /** Headers of the request, or a function called for each request, for a current access token for example. */
  headers?: HeadersLike | (() => HeadersLike | Promise<HeadersLike>)
  /** A value that is sent as JSON. */
  json?: unknown
  /** Whether cookies are sent, also cross-origin, as in `fetch`. @defaultValue `'same-origin'` */
  credentials?: 'omit' | 'same-origin' | 'include'
  /** A replacement for the global `fetch`. */
  fetch?: (request: Request, init?: RequestInit) => Promise<Response>
  /** Time limit of a refresh: all attempts, until the response has been read. Each of several endpoints has it. @defaultValue 10 000 */
  timeoutMs?: number
  /** Retries within one refresh after a network error. A POST is not retried. @defaultValue 2 */
  retryLimit?: number
  /**
   * How long before its expiry a configuration is refreshed; at most half its lifetime.
   * @defaultValue a fifth of the lifetime, between 30 s and 10 min
   */
  refreshMarginMs?: number
  /** Lifetime if the response does not contain one. @defaultValue 3600 */
  defaultTtlSeconds?: number
  /** Minimum time between two requests, whatever causes them. @defaultValue 1000 */
  minRefreshIntervalMs?: number
  /**
   * `'on-demand'`: refreshes while there is an `update` listener, a subscriber or an attached open connection;
   * otherwise at the next call. `'always'`: refreshes from construction until `close()`.
   * @defaultValue `'on-demand'`
   */
  keepFresh?: 'on-demand' | 'always'
  /**
   * What the TURN server does with live allocations when their credentials expire. With `'keep'` attached connections are
   * not restarted for new credentials. Takes precedence over the member `afterExpiry` of a response. If it turns out to
   * be wrong, the server counts as `'drop'` from then on. @defaultValue that of the response, or `'drop'`
   */
  afterExpiry?: AfterExpiry
  /** Which URLs are kept. @defaultValue `withoutPort53` */
  urlFilter?: UrlFilter | readonly UrlFilter[]
  /** Converts a response body of another shape to a known one, such as a list of `RTCIceServer`. May be async. */
  parse?: (body: unknown) => unknown
  /**
   * A response that the page contains, in one of the shapes of a backend's: its servers are used until they are due to be
   * refreshed. A lifetime in seconds starts with the navigation. What has expired or is not readable is ignored, and
   * reported by an `error` event. `parse` must not be async then.
   */
  initialResponse?: unknown
  /** Whether a configuration without a TURN server is rejected. @defaultValue false */
  requireTurn?: boolean
  /**
   * What happens to a response with a server or URL that browsers would reject. `'drop'` uses the rest; `dropped` lists what
   * was left out, and an `error` event (`ERR_ICE_SERVER`) reports it. `'reject'` rejects the response as a whole: the last
   * valid configuration stays. @defaultValue `'drop'`
   */
  invalidServers?: 'drop' | 'reject'
  /**
   * Shares configurations with the providers in other tabs of the origin that have the same key, so that one of them
   * makes the request. Tabs with different endpoints or users need different keys. @defaultValue false
   */
  shareAcrossTabs?: false | string
  /** For tests. @defaultValue `Math.random` @internal */
  random?: () => number
  /** For tests: epoch ms. @defaultValue `Date.now` @internal */
  now?: () => number
}

/** Options of one call. @expand @group Provider */
export interface CallOptions {
  /** Aborts this call. Other calls that share the request are not affected. */
  signal?: AbortSignal | undefined
}

/** Options of `setResponse()`. @expand @group Provider */
export interface SetResponseOptions {
  /** Headers of the response, with which a lifetime or `Link` headers are read. */
  headers?: HeadersLike | undefined
}

type Defaults = 'timeoutMs' | 'retryLimit' | 'minRefreshIntervalMs' | 'random' | 'now'

/** Options with the defaults in place. `readIceConfiguration` has its own. */
export type ResolvedOptions = IceServerProviderOptions &
  Required<Pick<IceServerProviderOptions, Defaults | 'method'>> & {
    /** Returns ms since an arbitrary moment. */
    readonly monotonicNow: () => number
  }

const DEFAULTS = {
  timeoutMs: 10_000,
  retryLimit: 2,
  minRefreshIntervalMs: 1000,
  random: () => Math.random(),
  now: () => Date.now(),
}

interface OptionCheck {
  readonly isValid: (value: unknown) => boolean
  readonly expected: string
}

/** Every option. `undefined` and `null` count as not passed. */
const CHECKS: Readonly<Record<keyof IceServerProviderOptions, OptionCheck>> = {
  method: { isValid: (value) => typeof value === 'string' && value !== '', expected: 'an HTTP method' },
  headers: {
    isValid: (value) => isObject(value) && !(value instanceof Promise),
    expected: 'an object, a Headers object or a function',
  },
  json: { isValid: () => true, expected: 'a value' },
  credentials: oneOf('omit', 'same-origin', 'include'),
  fetch: aFunction(),
  timeoutMs: integerFrom(1),
  retryLimit: integerFrom(0),
  refreshMarginMs: integerFrom(0),
  defaultTtlSeconds: integerFrom(1),
  minRefreshIntervalMs: integerFrom(1),
  keepFresh: oneOf('on-demand', 'always'),
  afterExpiry: oneOf('keep', 'drop'),
  urlFilter: {
    isValid: (value) => [value].flat().every((filter) => typeof filter === 'function'),
    expected: 'a function or an array of functions',
  },
  parse: aFunction(),
  initialResponse: { isValid: () => true, expected: 'a response' },
  requireTurn: { isValid: (value) => typeof value === 'boolean', expected: 'a boolean' },
  invalidServers: oneOf('drop', 'reject'),
  shareAcrossTabs: {
    isValid: (value) => value === false || (typeof value === 'string' && value !== ''),
    expected: 'false or a non-empty string',
  },
  random: aFunction(),
  now: aFunction(),
}

const OWNER = 'IceServerProvider'
const ENDPOINT = 'a URL, a function, or a list of them'

/**
 * Checks the arguments of the constructor and adds the defaults.
 *
 * @throws TypeError with the name of the argument or option, what it must be, and what was passed.
 */
export function resolveOptions(
  endpoint: IceServerEndpoint | readonly IceServerEndpoint[],
  options: IceServerProviderOptions,
): ResolvedOptions {
  const endpoints = [endpoint].flat()
  assertOption(endpoints.length > 0, OWNER, 'endpoint', ENDPOINT, endpoint)
  for (const each of endpoints) {
    const isEndpoint = ['string', 'function'].includes(typeof each) || each instanceof URL
    const expected = each ? ENDPOINT : `${ENDPOINT} (is an environment variable missing?)`
    assertOption(isEndpoint && each !== '', OWNER, 'endpoint', expected, each)
    if (typeof each !== 'function') assertEndpointUrl(OWNER, each)
  }
  assertKnownOptions(OWNER, options, Object.keys(CHECKS))

  const entries = Object.entries(options).filter(([, value]) => value !== undefined && value !== null)
  for (const [name, value] of entries) {
    const { isValid, expected } = CHECKS[name as keyof typeof CHECKS]
    assertOption(isValid(value), OWNER, name, expected, value)
  }
  const provided: IceServerProviderOptions = Object.fromEntries(entries)
  assertRequest(OWNER, provided)
  const method = 'json' in provided ? 'POST' : 'GET'
  // The clock of a test replaces both clocks.
  const monotonicNow = provided.now ?? (() => performance.now())
  return { method, ...DEFAULTS, ...provided, monotonicNow }
}

function aFunction(): OptionCheck {
  return { isValid: (value) => typeof value === 'function', expected: 'a function' }
}

/** Each number is below 2³¹: with a longer delay `setTimeout` fires at once. */
function integerFrom(minimum: number): OptionCheck {
  return {
    isValid: (value) => Number.isInteger(value) && Number(value) >= minimum && Number(value) < 2 ** 31,
    expected: `an integer from ${minimum} to ${2 ** 31 - 1}`,
  }
}

function oneOf(...values: readonly string[]): OptionCheck {
  return {
    isValid: (value) => values.includes(value as string),
    expected: values.map((value) => `'${value}'`).join(' or '),
  }
}

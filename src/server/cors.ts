/** The headers of every response, with those of CORS for allowed origins. */
import { assertOption, describeValue } from '../option-checks.js'
import { describeSetting } from './validate.js'

/**
 * The origins other than the endpoint's own whose pages may read the response: a list, or a function that returns or resolves
 * with `true` for such an origin.
 * @group Server: handler
 */
export type AllowedOrigins =
  | readonly string[]
  | ((origin: string, request: Request) => boolean | Promise<boolean>)

/** Options of CORS. */
export interface CorsOptions {
  readonly allowedOrigins?: AllowedOrigins | undefined
  readonly allowedHeaders?: readonly string[] | undefined
}

/** The headers of every response, by their lower-case names. */
export type ResponseHeaders = Readonly<Record<string, string>>

/** Returns whether an origin is allowed. */
export type OriginCheck = (origin: string, request: Request) => boolean | Promise<boolean>

/** The headers of every response, also of those without CORS. */
export const RESPONSE_HEADERS: ResponseHeaders = {
  'cache-control': 'no-store',
  vary: 'Origin',
  'x-content-type-options': 'nosniff',
}

const ORIGIN_EXPECTED = 'an origin such as https://app.example.org, without a path or wildcard'

/** A token of RFC 9110 §5.6.2, without the wildcard, which browsers ignore in requests with credentials. */
const HEADER_NAME = /^[\w!#$%&'+.^`|~-]+$/

/**
 * Checks the allowed origins once, and copies the list.
 *
 * @throws TypeError if one is not exactly an origin, such as `https://app.example.org`.
 */
export function createOriginCheck(owner: string, allowedOrigins: AllowedOrigins = []): OriginCheck {
  if (typeof allowedOrigins === 'function') {
    return async (origin, request) => {
      if (!isOrigin(origin)) return false // such as `null`, the origin of sandboxed frames of any page
      const isAllowed: unknown = await allowedOrigins(origin, request)
      if (typeof isAllowed === 'boolean') return isAllowed
      throw new TypeError(`${owner}: allowedOrigins must return a boolean, got ${describeValue(isAllowed)}`)
    }
  }
  const expected = 'an array of origins or a function'
  assertOption(Array.isArray(allowedOrigins), owner, 'allowedOrigins', expected, allowedOrigins)
  const origins: readonly unknown[] = [...allowedOrigins]
  for (const [index, origin] of origins.entries()) {
    if (isOrigin(origin)) continue
    const received = typeof origin === 'string' && origin !== '' ? `"${origin}"` : describeSetting(origin)
    throw new TypeError(`${owner}: allowedOrigins[${index}] must be ${ORIGIN_EXPECTED}, got ${received}`)
  }
  return (origin) => origins.includes(origin)
}

/**
 * Returns a function that returns the headers of the responses to pages of an allowed origin.
 *
 * @throws TypeError if a name of `allowedHeaders` is not the name of a header.
 */
export function createCorsHeaders(
  owner: string,
  allowedHeaders: readonly string[] = [],
): (origin: string) => ResponseHeaders {
  assertOption(Array.isArray(allowedHeaders), owner, 'allowedHeaders', 'an array of names', allowedHeaders)
  for (const [index, name] of allowedHeaders.entries()) {
    const isName = typeof name === 'string' && HEADER_NAME.test(name)
    assertOption(isName, owner, `allowedHeaders[${index}]`, 'the name of a header, without a wildcard', name)
  }
  const headers = {
    ...RESPONSE_HEADERS,
    'access-control-allow-credentials': 'true',
    'access-control-allow-headers': ['Authorization', 'Content-Type', ...allowedHeaders].join(', '),
    'access-control-allow-methods': 'GET, HEAD, POST',
    'access-control-expose-headers': 'Date, Retry-After',
    'access-control-max-age': '7200',
  }
  return (origin) => ({ ...headers, 'access-control-allow-origin': origin })
}

function isOrigin(text: unknown): boolean {
  if (typeof text !== 'string' || text.includes('*')) return false
  try {
    const { protocol, host } = new URL(text)
    return `${protocol}//${host}` === text
  } catch {
    return false
  }
}

/** The headers of every response, with those of CORS for allowed origins. */
import { assertOption } from '../option-checks.js'
import { describeSetting } from './validate.js'

const RESPONSE_HEADERS = { 'cache-control': 'no-store', vary: 'Origin' }

const CORS_HEADERS = {
  'access-control-allow-credentials': 'true',
  'access-control-allow-headers': 'Authorization, Content-Type',
  'access-control-allow-methods': 'GET, HEAD, POST',
  'access-control-expose-headers': 'Date, Retry-After',
  'access-control-max-age': '7200',
}

/** The headers of every response, by their lower-case names. */
export type ResponseHeaders = Readonly<Record<string, string>>

/**
 * Checks the allowed origins once. Returns a function that returns the headers of the response to a request, with
 * CORS headers if the request comes from an allowed origin.
 *
 * @throws TypeError if one is not exactly an origin, such as `https://app.example.org`.
 */
export function createCorsHeaders(
  owner: string,
  allowedOrigins: readonly string[] = [],
): (request: Request) => ResponseHeaders {
  const isList = Array.isArray(allowedOrigins)
  assertOption(isList, owner, 'allowedOrigins', 'an array of origins', allowedOrigins)
  for (const [index, origin] of allowedOrigins.entries()) {
    if (isOrigin(origin)) continue
    const received = typeof origin === 'string' && origin !== '' ? `"${origin}"` : describeSetting(origin)
    const expected = 'an origin such as https://app.example.org, without a path or wildcard'
    throw new TypeError(`${owner}: allowedOrigins[${index}] must be ${expected}, got ${received}`)
  }
  return (request) => {
    const origin = request.headers.get('origin') ?? ''
    if (!allowedOrigins.includes(origin)) return RESPONSE_HEADERS
    return { ...RESPONSE_HEADERS, ...CORS_HEADERS, 'access-control-allow-origin': origin }
  }
}

function isOrigin(text: string): boolean {
  try {
    const { protocol, host } = new URL(text)
    return `${protocol}//${host}` === text
  } catch {
    return false
  }
}

const RESPONSE_HEADERS = { 'cache-control': 'no-store', vary: 'Origin' }

const CORS_HEADERS = {
  'access-control-allow-credentials': 'true',
  'access-control-allow-headers': 'Authorization, Content-Type',
  'access-control-allow-methods': 'GET, HEAD, POST',
  'access-control-expose-headers': 'Date, Retry-After',
  'access-control-max-age': '7200',
}

/** The headers that every answer has, by their lower-case names. */
export type ResponseHeaders = Readonly<Record<string, string>>

/**
 * Checks a list of origins once and returns what makes the headers of an answer: for an origin of the list
 * those of CORS, for any other none of them.
 *
 * @throws TypeError for what is not exactly an origin, such as `https://app.example.org`.
 */
export function createCorsHeaders(allowedOrigins: readonly string[]): (request: Request) => ResponseHeaders {
  for (const origin of allowedOrigins) {
    if (!isOrigin(origin)) throw new TypeError(`allowedOrigins: ${origin} is no origin`)
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

/** Checks whether a browser would let a page read the response of an endpoint (Fetch standard, "CORS protocol"). */

/** Whether a page may read the response. */
export interface CorsReport {
  readonly isAllowed: boolean
  readonly message: string
}

/** What the page requests. */
export interface PageRequest {
  readonly origin: string
  readonly method: string
  readonly headers: Headers
  readonly signal: AbortSignal
}

/** The request of a page, and the check of its response. */
export interface CorsCheck {
  /** The headers of the app and those that browsers add. */
  readonly requestHeaders: Headers
  check(response: Response): CorsReport
}

/** Methods and headers that need no preflight request. */
const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'POST']
const SAFE_HEADERS: readonly string[] = ['accept', 'accept-language', 'content-language']
const SAFE_CONTENT_TYPES = /^(?:application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\b/i

const SAME_ORIGIN: CorsReport = {
  isAllowed: true,
  message: 'not needed: the page has the origin of the endpoint',
}

/** Sends the preflight request if a browser would, and returns how to check the response to the request itself. */
export async function checkCors(url: URL, request: PageRequest): Promise<CorsCheck> {
  const { origin, method, headers } = request
  const requestHeaders = new Headers(headers)
  const isSameOrigin = origin === url.origin
  if (!isSameOrigin || !['GET', 'HEAD'].includes(method)) requestHeaders.set('Origin', origin)
  requestHeaders.set('Sec-Fetch-Site', isSameOrigin ? 'same-origin' : 'cross-site')
  requestHeaders.set('Sec-Fetch-Mode', 'cors')
  requestHeaders.set('Sec-Fetch-Dest', 'empty')
  if (!requestHeaders.has('Accept')) requestHeaders.set('Accept', 'application/json')
  if (isSameOrigin) return { requestHeaders, check: () => SAME_ORIGIN }

  const unsafeHeaders = [...headers.keys()].filter((name) => !isSafe(name, headers.get(name) ?? '')).sort()
  const needsPreflight = !SAFE_METHODS.includes(method) || unsafeHeaders.length > 0
  const preflight = needsPreflight ? await sendPreflight(url, request, unsafeHeaders) : undefined
  return {
    requestHeaders,
    check: (response) =>
      preflight?.isAllowed === false ? preflight : checkOrigin(response, origin, 'response'),
  }
}

function isSafe(name: string, value: string): boolean {
  return SAFE_HEADERS.includes(name) || (name === 'content-type' && SAFE_CONTENT_TYPES.test(value))
}

async function sendPreflight(
  url: URL,
  { origin, method, signal }: PageRequest,
  unsafeHeaders: readonly string[],
): Promise<CorsReport> {
  const headers = new Headers({
    Origin: origin,
    'Access-Control-Request-Method': method,
    'Sec-Fetch-Site': 'cross-site',
    'Sec-Fetch-Mode': 'cors',
    'Sec-Fetch-Dest': 'empty',
  })
  if (unsafeHeaders.length > 0) headers.set('Access-Control-Request-Headers', unsafeHeaders.join(','))
  const response = await fetch(url, { method: 'OPTIONS', headers, redirect: 'manual', signal })
  await response.body?.cancel()
  if (!response.ok) {
    return blocked(`the preflight request (OPTIONS) was responded to with ${response.status} in place of 2xx`)
  }
  const allowed = checkOrigin(response, origin, 'preflight response')
  if (!allowed.isAllowed) return allowed
  const methods = listOf(response, 'Access-Control-Allow-Methods')
  if (!SAFE_METHODS.includes(method) && !includes(methods, method)) {
    return blocked(`Access-Control-Allow-Methods of the preflight response does not contain ${method}`)
  }
  const names = listOf(response, 'Access-Control-Allow-Headers')
  // The wildcard does not cover Authorization (Fetch standard, "CORS non-wildcard request-header name").
  const missing = unsafeHeaders.find((name) =>
    name === 'authorization' ? !names.includes(name) : !includes(names, name),
  )
  if (missing === undefined) return allowed
  return blocked(`Access-Control-Allow-Headers of the preflight response does not contain ${missing}`)
}

function checkOrigin(response: Response, origin: string, what: string): CorsReport {
  const allowed = response.headers.get('Access-Control-Allow-Origin')
  if (allowed === '*' || allowed === origin) {
    return { isAllowed: true, message: `allowed: Access-Control-Allow-Origin is ${allowed}` }
  }
  const found = allowed === null ? 'has no Access-Control-Allow-Origin' : `allows the origin ${allowed}`
  return blocked(`the ${what} ${found}, so browsers hide it from pages of ${origin}`)
}

const blocked = (message: string): CorsReport => ({ isAllowed: false, message })

const listOf = (response: Response, name: string): string[] =>
  (response.headers.get(name) ?? '').split(',').map((item) => item.trim().toLowerCase())

const includes = (list: readonly string[], name: string): boolean =>
  list.includes('*') || list.includes(name.toLowerCase())

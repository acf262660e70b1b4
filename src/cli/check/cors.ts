/** Checks whether a browser would let a page read the response of an endpoint (Fetch standard, "CORS protocol"). */

/** Whether a page may read the response. */
export interface CorsReport {
  readonly isAllowed: boolean
  readonly message: string
}

/** What the page requests. */
export interface PageRequest {
  readonly url: URL
  readonly origin: string
  readonly method: string
  /** The headers that the app sets. A `Cookie` is one that the browser adds, with `credentials: 'include'`. */
  readonly headers: Headers
}

/** Methods and headers that need no preflight request (Fetch standard, "CORS-safelisted"). */
const SAFE_METHODS: readonly string[] = ['GET', 'HEAD', 'POST']
const SAFE_HEADERS: readonly string[] = ['accept', 'accept-language', 'content-language']
const SAFE_CONTENT_TYPES = /^(?:application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\b/i

/** Headers of a response that pages of other origins can read. */
const READABLE_HEADERS: readonly string[] = [
  'cache-control',
  'content-language',
  'content-length',
  'content-type',
  'expires',
  'last-modified',
  'pragma',
]

/** Returns the headers of the app and those that browsers add (Fetch standard; Fetch Metadata). */
export function browserHeaders({ url, origin, method, headers }: PageRequest): Headers {
  const added = new Headers(headers)
  if (origin !== url.origin || !['GET', 'HEAD'].includes(method)) added.set('Origin', origin)
  const site = siteOf(origin, url)
  if (site) added.set('Sec-Fetch-Site', site)
  added.set('Sec-Fetch-Mode', 'cors')
  added.set('Sec-Fetch-Dest', 'empty')
  if (!added.has('Accept')) added.set('Accept', 'application/json')
  return added
}

/** Resolves with the failure of the preflight request; `undefined` if browsers send none, or if it succeeds. */
export async function checkPreflight(
  request: PageRequest,
  signal: AbortSignal,
): Promise<CorsReport | undefined> {
  const { url, origin, method } = request
  const unsafeHeaders = [...request.headers]
    .filter(([name, value]) => !isSafe(name, value))
    .map(([name]) => name)
  if (origin === url.origin || (SAFE_METHODS.includes(method) && unsafeHeaders.length === 0)) return undefined
  const headers = browserHeaders({ ...request, headers: new Headers({ Accept: '*/*' }) })
  headers.set('Origin', origin)
  headers.set('Access-Control-Request-Method', method)
  if (unsafeHeaders.length > 0) headers.set('Access-Control-Request-Headers', unsafeHeaders.sort().join(','))
  const response = await fetch(url, { method: 'OPTIONS', headers, redirect: 'manual', signal })
  await response.body?.cancel()
  if (!response.ok) return blocked(`the preflight request (OPTIONS) returned ${response.status}, must be 2xx`)
  const allowed = checkCors(request, response.headers, 'preflight response')
  return allowed.isAllowed ? checkPreflightLists(request, response.headers, unsafeHeaders) : allowed
}

/** Returns whether the page may read a response. */
export function checkCors(
  { url, origin, headers }: PageRequest,
  received: Headers,
  what = 'response',
): CorsReport {
  if (origin === url.origin) return { isAllowed: true, message: 'same-origin, not required' }
  const allowed = received.get('Access-Control-Allow-Origin')
  if (allowed !== origin && (allowed !== '*' || hasCookie(headers))) {
    const found = allowed === null ? 'has no Access-Control-Allow-Origin' : `allows the origin ${allowed}`
    return blocked(`the ${what} ${found}, so browsers block pages at ${origin} from reading it`)
  }
  if (hasCookie(headers) && received.get('Access-Control-Allow-Credentials') !== 'true') {
    return blocked(
      `the ${what} has no Access-Control-Allow-Credentials: true, so browsers block requests with cookies`,
    )
  }
  return { isAllowed: true, message: `allowed: Access-Control-Allow-Origin is ${allowed}` }
}

/** Returns the headers of a response that the page can read. */
export function readableHeaders({ url, origin, headers }: PageRequest, received: Headers): Headers {
  if (origin === url.origin) return received
  const exposed = listOf(received, 'Access-Control-Expose-Headers').map((name) => name.toLowerCase())
  const isReadable = (name: string) =>
    READABLE_HEADERS.includes(name) ||
    exposed.includes(name) ||
    (exposed.includes('*') && !hasCookie(headers))
  return new Headers([...received].filter(([name]) => isReadable(name)))
}

function checkPreflightLists(
  { method, headers }: PageRequest,
  received: Headers,
  unsafeHeaders: readonly string[],
): CorsReport | undefined {
  const hasWildcard = (list: readonly string[]) => list.includes('*') && !hasCookie(headers)
  const methods = listOf(received, 'Access-Control-Allow-Methods')
  if (!SAFE_METHODS.includes(method) && !methods.includes(method) && !hasWildcard(methods)) {
    return blocked(`Access-Control-Allow-Methods of the preflight response does not contain ${method}`)
  }
  const names = listOf(received, 'Access-Control-Allow-Headers').map((name) => name.toLowerCase())
  // The wildcard does not cover Authorization (Fetch standard, "CORS non-wildcard request-header name").
  const isAllowed = (name: string) => names.includes(name) || (name !== 'authorization' && hasWildcard(names))
  const missing = unsafeHeaders.find((name) => !isAllowed(name))
  if (missing === undefined) return undefined
  return blocked(`Access-Control-Allow-Headers of the preflight response does not contain ${missing}`)
}

function isSafe(name: string, value: string): boolean {
  if (SAFE_HEADERS.includes(name) || name === 'cookie') return true
  return name === 'content-type' && SAFE_CONTENT_TYPES.test(value)
}

/** Which hosts are one site depends on a list of public suffixes, so `undefined` for hosts that may be siblings. */
function siteOf(origin: string, url: URL): string | undefined {
  if (origin === url.origin) return 'same-origin'
  const page = URL.canParse(origin) ? new URL(origin) : undefined
  if (page?.protocol !== url.protocol) return 'cross-site'
  if (page.hostname === url.hostname) return 'same-site'
  const suffix = (hostname: string) => hostname.split('.').slice(-2).join('.')
  return suffix(page.hostname) === suffix(url.hostname) ? undefined : 'cross-site'
}

const blocked = (message: string): CorsReport => ({ isAllowed: false, message })

const hasCookie = (headers: Headers): boolean => headers.has('cookie')

const listOf = (headers: Headers, name: string): string[] =>
  (headers.get(name) ?? '').split(',').map((item) => item.trim())

/** Fetches the ICE servers of an endpoint like a page would, and reports what the page would get. */
import { type DroppedUrl, type IceConfiguration, readIceConfiguration } from 'turnkeeper'
import { type CorsReport, checkCors } from './cors.js'

/** Members with other names could be secrets. */
const MEMBER_NAME = /^[a-z]\w{0,30}$/i
const MAX_MEMBERS = 10

/** How the endpoint is fetched. */
export interface FetchEndpointOptions {
  /** The origin of the page. @defaultValue that of the endpoint */
  readonly origin?: string | undefined
  readonly method: string
  readonly headers: Headers
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** What a page would get from the endpoint. */
export interface EndpointReport {
  /** Method, origin and path. The query can contain a token. */
  readonly request: string
  /** The origin of the page. */
  readonly origin: string
  readonly status?: number
  readonly durationMs?: number
  readonly cors?: CorsReport
  /** Whether caches may store the response. */
  readonly cache?: { readonly header: string | null; readonly message: string }
  /** How far the server's clock is ahead of that of this device; `undefined` if the response has no `Date`. */
  readonly clockDifferenceMs?: number | undefined
  readonly configuration?: ConfigurationReport
  /** Why a page could not use the response. */
  readonly error?: string
}

/** The usable part of the response, without credentials. */
export interface ConfigurationReport {
  /** What the body is. */
  readonly shape: string
  readonly serverCount: number
  readonly urlCount: number
  readonly lifetimeSeconds: number
  readonly expirySource: IceConfiguration['expirySource']
  readonly afterExpiry: IceConfiguration['afterExpiry']
  readonly dropped: readonly DroppedUrl[]
  readonly warnings: readonly string[]
}

/** The report, and the servers with their credentials if there are any. */
export interface FetchedEndpoint {
  readonly report: EndpointReport
  readonly configuration?: IceConfiguration
}

/** Resolves with the report, also if the endpoint cannot be reached. */
export async function fetchEndpoint(url: URL, options: FetchEndpointOptions): Promise<FetchedEndpoint> {
  const { origin = url.origin, method, timeoutMs } = options
  const request = { request: `${method} ${url.origin}${url.pathname}`, origin }
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMs)])
  try {
    const cors = await checkCors(url, { origin, method, headers: options.headers, signal })
    const sentAt = Date.now()
    const response = await fetch(url, { method, headers: cors.requestHeaders, signal })
    const text = await response.text()
    const receivedAt = Date.now()
    const corsReport = cors.check(response)
    const report: EndpointReport = {
      ...request,
      status: response.status,
      durationMs: receivedAt - sentAt,
      cors: corsReport,
      cache: describeCache(response.headers),
      clockDifferenceMs: clockDifferenceMs(response.headers, (sentAt + receivedAt) / 2),
    }
    if (!corsReport.isAllowed) return { report: { ...report, error: corsReport.message } }
    if (!response.ok) return { report: { ...report, error: `the endpoint responded ${response.status}` } }
    return readConfiguration(report, text, sentAt, response.headers)
  } catch (error) {
    options.signal.throwIfAborted()
    return { report: { ...request, error: describeNetworkError(error as Error, timeoutMs) } }
  }
}

function readConfiguration(
  report: EndpointReport,
  text: string,
  sentAt: number,
  headers: Headers,
): FetchedEndpoint {
  try {
    const body = parseJson(text)
    const configuration = readIceConfiguration(body, { sentAt, headers })
    const { iceServers, expiresAt, expirySource, afterExpiry, dropped, warnings = [] } = configuration
    return {
      report: {
        ...report,
        configuration: {
          shape: describeShape(body),
          serverCount: iceServers.length,
          urlCount: iceServers.flatMap((server) => server.urls).length,
          lifetimeSeconds: Math.ceil((expiresAt - sentAt) / 1000),
          expirySource,
          afterExpiry,
          dropped,
          warnings: warnings.map(({ message }) => message),
        },
      },
      configuration,
    }
  } catch (error) {
    return { report: { ...report, error: (error as Error).message } }
  }
}

/** Returns what a body is, with the names of its members, but without their values. */
function describeShape(body: unknown): string {
  if (Array.isArray(body)) return 'a list'
  if (typeof body !== 'object' || body === null) return 'no JSON object; the servers are in Link headers'
  const names = Object.keys(body).filter((name) => MEMBER_NAME.test(name))
  return `an object with ${names.slice(0, MAX_MEMBERS).join(', ')}`
}

/** Servers can also be in `Link` headers, beside a body that is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

function describeCache(headers: Headers) {
  const header = headers.get('cache-control')
  const isStored = !/\b(?:no-store|private)\b/i.test(header ?? '')
  const message = isStored
    ? 'shared caches may store the response and hand the credentials of one user to others: send Cache-Control: no-store'
    : 'shared caches do not store the response'
  return { header, message }
}

/** The header `Date` has whole seconds. */
function clockDifferenceMs(headers: Headers, now: number): number | undefined {
  const date = Date.parse(headers.get('date') ?? '')
  if (Number.isNaN(date)) return undefined
  const difference = date + 500 - now
  return Math.abs(difference) <= 1000 ? 0 : Math.round(difference)
}

/** Node hides the reason of a failed request in its cause. */
function describeNetworkError(error: Error, timeoutMs: number): string {
  if (error.name === 'TimeoutError') return `no response within ${timeoutMs} ms`
  const { cause } = error
  return `the request failed: ${cause instanceof Error && cause.message ? cause.message : error.message}`
}

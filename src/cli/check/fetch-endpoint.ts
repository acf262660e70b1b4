/** Fetches the ICE servers of an endpoint like a page would, and reports what the page would get. */
import { type DroppedUrl, type IceConfiguration, readIceConfiguration } from 'turnkeeper'
import { withTimeLimit } from '../time-limit.js'
import {
  browserHeaders,
  type CorsReport,
  checkCors,
  checkPreflight,
  type PageRequest,
  readableHeaders,
} from './cors.js'
import { type CacheReport, type ClockReport, describeCache, describeClock } from './response-headers.js'
import { describeShape, parseBody } from './response-shape.js'

/** What a page would get from the endpoint. */
export interface EndpointReport {
  /** Method, origin and path. The query can contain a token. */
  readonly request: string
  /** The origin of the page. */
  readonly origin: string
  readonly status?: number
  readonly durationMs?: number
  readonly cors?: CorsReport
  readonly cache?: CacheReport
  readonly clock?: ClockReport
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
  /** Servers and URLs that browsers reject. */
  readonly invalidCount: number
  /** The first ones that were left out. */
  readonly dropped: readonly DroppedUrl[]
  readonly warnings: readonly string[]
}

/** The report, and the servers with their credentials if there are any. */
export interface FetchedEndpoint {
  readonly report: EndpointReport
  readonly configuration?: IceConfiguration
}

/** A response with its body. */
interface Received {
  readonly response: Response
  readonly text: string
  readonly sentAt: number
  readonly receivedAt: number
}

const MAX_DROPPED = 20

/** Larger bodies are not lists of servers. */
const MAX_BODY_BYTES = 1_000_000

/**
 * Resolves with the report, also if the endpoint cannot be reached.
 *
 * @throws The reason of the signal if it aborts.
 */
export async function fetchEndpoint(
  request: PageRequest,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<FetchedEndpoint> {
  const { url, origin, method } = request
  const described = { request: `${method} ${url.origin}${url.pathname}`, origin }
  if (isMixedContent(request)) {
    const error = 'mixed content: browsers block an http: endpoint on an https: page'
    return { report: { ...described, error } }
  }
  try {
    const preflightFailure = await withTimeLimit(signal, timeoutMs, (limit) => checkPreflight(request, limit))
    if (preflightFailure) {
      return { report: { ...described, cors: preflightFailure, error: preflightFailure.message } }
    }
    const received = await withTimeLimit(signal, timeoutMs, (limit) => receive(request, limit))
    return readResponse(described, request, received)
  } catch (error) {
    signal.throwIfAborted()
    return { report: { ...described, error: describeNetworkError(error as Error, timeoutMs) } }
  }
}

/** Browsers trust loopback addresses without TLS (W3C Secure Contexts §3.1). */
const LOOPBACK_HOST = /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/

function isMixedContent({ url, origin }: PageRequest): boolean {
  return origin.startsWith('https:') && url.protocol === 'http:' && !LOOPBACK_HOST.test(url.hostname)
}

/** Redirects are not followed, because each would have to be checked like a request of its own. */
async function receive(request: PageRequest, signal: AbortSignal): Promise<Received> {
  const sentAt = Date.now()
  const headers = browserHeaders(request)
  const response = await fetch(request.url, { method: request.method, headers, redirect: 'manual', signal })
  const text = await readText(response)
  return { response, text, sentAt, receivedAt: Date.now() }
}

async function readText({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    length += chunk.length
    if (length > MAX_BODY_BYTES) throw new Error(`the body is larger than ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk)
  }
  return new TextDecoder().decode(Buffer.concat(chunks))
}

function readResponse(
  described: Pick<EndpointReport, 'request' | 'origin'>,
  request: PageRequest,
  received: Received,
): FetchedEndpoint {
  const { response, sentAt, receivedAt } = received
  const { status, headers } = response
  const cors = checkCors(request, headers)
  const report: EndpointReport = {
    ...described,
    status,
    durationMs: receivedAt - sentAt,
    cors,
    clock: describeClock(headers, (sentAt + receivedAt) / 2),
  }
  if (!cors.isAllowed) return { report: { ...report, error: cors.message } }
  if (status >= 300 && status < 400) {
    return {
      report: { ...report, error: `the endpoint redirects to ${redirectTarget(response)}: check that URL` },
    }
  }
  if (!response.ok) return { report: { ...report, error: `the endpoint responded ${status}` } }
  return readConfiguration(report, request, received)
}

function readConfiguration(
  report: EndpointReport,
  request: PageRequest,
  { response, text, sentAt }: Received,
): FetchedEndpoint {
  const headers = readableHeaders(request, response.headers)
  const body = parseBody(text)
  try {
    const configuration = readIceConfiguration(body, { sentAt, headers })
    const { iceServers, expiresAt, expirySource, afterExpiry, dropped, warnings = [] } = configuration
    const described: ConfigurationReport = {
      shape: describeShape(body),
      serverCount: iceServers.length,
      urlCount: iceServers.flatMap((server) => server.urls).length,
      lifetimeSeconds: Math.ceil((expiresAt - sentAt) / 1000),
      expirySource,
      afterExpiry,
      invalidCount: dropped.filter(({ path }) => path !== undefined).length,
      dropped: dropped.slice(0, MAX_DROPPED),
      warnings: warnings.map(({ message }) => message),
    }
    const cache = describeCache(request.method, response.headers)
    return { report: { ...report, cache, configuration: described }, configuration }
  } catch (error) {
    const isLinkHidden = response.headers.has('link') && !headers.has('link')
    const hint = isLinkHidden
      ? '; pages cannot read Link unless Access-Control-Expose-Headers contains it'
      : ''
    const message = typeof body === 'string' ? 'the body is not JSON' : (error as Error).message
    return { report: { ...report, error: message + hint } }
  }
}

/** Returns the origin and the path, because the query can contain a token. */
function redirectTarget({ url, headers }: Response): string {
  const location = headers.get('location') ?? ''
  if (!URL.canParse(location, url)) return 'an invalid URL'
  const { origin, pathname } = new URL(location, url)
  return origin + pathname
}

/** Node hides the reason of a failed request in its cause. */
function describeNetworkError({ name, message, cause }: Error, timeoutMs: number): string {
  if (name === 'TimeoutError') return `no response within ${timeoutMs} ms`
  return `the request failed: ${cause instanceof Error && cause.message ? cause.message : message}`
}

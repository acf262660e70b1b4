/** The handler of the ICE servers endpoint: checks, authenticates and limits a request, then issues ICE servers. */
import { copyServers } from '../config/server-keys.js'
import { assertKnownOptions, assertOption } from '../option-checks.js'
import { type Authorize, callAuthorize } from './authorize.js'
import { checkRequest } from './check-request.js'
import {
  type AllowedOrigins,
  createCorsHeaders,
  createOriginCheck,
  RESPONSE_HEADERS,
  type ResponseHeaders,
} from './cors.js'
import { Deadline } from './deadline.js'
import { isFrameworkError } from './errors.js'
import {
  addHeaders,
  createRespond,
  errorResponse,
  type Respond,
  rateLimitResponse,
  rejectionResponse,
  serversResponse,
  storeErrorResponse,
} from './format-response.js'
import { createIssuer, type IceServersSource, type OnIssue } from './issue-servers.js'
import { createRequestLimiter } from './limit-requests.js'
import type { RateLimit } from './rate-limit.js'
import { createErrorReports, type ErrorReports, type ErrorStage, type OnError } from './report-errors.js'
import { MAX_TIMER_MS, requireInteger, requireTtl } from './validate.js'

/** Options of {@link createIceServersHandler}. @expand @group Server: handler */
export interface IceServersHandlerOptions {
  /** One source, or several: if one fails, the next is requested. */
  source: IceServersSource | readonly IceServersSource[]
  /**
   * Authenticates the request. Returns a user id (a non-empty string), `false`, `undefined` or `null` for 401, or a `Response`. May
   * throw a `Response`, or an error whose `status` or `statusCode` is 401 or 403, as frameworks do.
   * Required: protect this endpoint, because anyone who can call it can relay traffic at your expense.
   */
  authorize: Authorize
  /**
   * Origins other than the endpoint's own whose pages may read the response: a list, which is copied, or a function. The pages of
   * all others get 403. @defaultValue none
   */
  allowedOrigins?: AllowedOrigins
  /**
   * Headers that pages of these origins may send besides `Authorization` and `Content-Type`, such as `baggage` and `sentry-trace`
   * of a tracing library. @defaultValue none
   */
  allowedHeaders?: readonly string[]
  /** Lifetime of the credentials, in seconds, from 1 to 172 800. Overrides the `ttl` of a source. @defaultValue 3600 */
  ttl?: number
  /** How many requests a user may make. @defaultValue no limit */
  rateLimit?: RateLimit
  /** Time limit of a response, in ms. @defaultValue 10 000 */
  timeoutMs?: number
  /**
   * Called with every error and where it occurred; the response does not contain it. Log only the error: the headers of the request
   * contain the user's token. The response waits for it within `timeoutMs`. If the handler gets the context of the runtime, the report
   * is passed to its `waitUntil()`, and the response does not wait.
   */
  onError?: OnError
  /**
   * Called with the credentials before they are sent: for audit, metrics, or to revoke them later. They are not sent if it throws or
   * rejects.
   */
  onIssue?: OnIssue
}

/**
 * The handler: takes a standard `Request`, and what the runtime passes after it, such as `env` and `ctx` on Cloudflare Workers.
 * @group Server: handler
 */
export type IceServersHandler = (request: Request, ...platform: unknown[]) => Promise<Response>

const OWNER = 'createIceServersHandler'

const OPTION_NAMES: readonly (keyof IceServersHandlerOptions)[] = [
  'source',
  'authorize',
  'allowedOrigins',
  'allowedHeaders',
  'ttl',
  'rateLimit',
  'timeoutMs',
  'onError',
  'onIssue',
]

/** A request and what has been decided about it. */
interface Exchange {
  readonly request: Request
  readonly reports: ErrorReports
  readonly deadline: Deadline
  stage: ErrorStage
  /** The headers of the response: with those of CORS once the origin is known to be allowed. */
  headers: ResponseHeaders
}

/**
 * Creates the handler of the endpoint that `IceServerProvider` requests: from a standard `Request` to a standard
 * `Response` with `{ iceServers, ttl, expiresAt }`. Error responses are short JSON: 401, 403 for pages of other sites, 405, 429 with `Retry-After`,
 * 502 if the source failed, 503 if it is busy or too slow, 500 for an error of the application. The handler rejects
 * with a `TypeError` if its argument is not a standard `Request`, and responds on every path.
 *
 * @throws TypeError for a missing, wrong or unknown option; RangeError for a number out of its limits.
 *
 * @example
 * ```ts
 * import { env } from 'cloudflare:workers' // Node: import { env } from 'node:process'
 *
 * // A placeholder: replace it with the session check of your app.
 * const sessionOf = async (request: Request) =>
 *   request.headers.get('cookie')?.includes('session=demo') ? { userId: 'demo' } : undefined
 *
 * const handle = createIceServersHandler({
 *   source: createTurnRestCredentials({ secret: env.TURN_SECRET ?? '', urls: ['turn:turn.example.org'] }),
 *   authorize: async (request) => (await sessionOf(request))?.userId ?? false,
 * })
 * export default { fetch: handle }
 * ```
 * @group Server: handler
 */
export function createIceServersHandler(options: IceServersHandlerOptions): IceServersHandler {
  assertKnownOptions(OWNER, options, OPTION_NAMES)
  const { authorize, onError, onIssue, timeoutMs = 10_000 } = options
  assertOption(typeof authorize === 'function', OWNER, 'authorize', 'a function', authorize)
  for (const [name, callback] of Object.entries({ onError, onIssue })) {
    assertOption(
      callback === undefined || typeof callback === 'function',
      OWNER,
      name,
      'a function',
      callback,
    )
  }
  const ttl = requireTtl(OWNER, options.ttl)
  requireInteger(OWNER, 'timeoutMs', timeoutMs, MAX_TIMER_MS)
  const isAllowedOrigin = createOriginCheck(OWNER, options.allowedOrigins)
  const corsHeaders = createCorsHeaders(OWNER, options.allowedHeaders)
  const limitRequest = createRequestLimiter(OWNER, options.rateLimit, timeoutMs)
  const issueServers = createIssuer(OWNER, options.source, timeoutMs)

  const respondTo = async (exchange: Exchange): Promise<Response> => {
    const { request, deadline } = exchange
    const origin = request.headers.get('origin')
    const isAllowed =
      origin !== null && (await deadline.wait('allowedOrigins', isAllowedOrigin(origin, request)))
    if (isAllowed) exchange.headers = corsHeaders(origin)
    const respond = createRespond(request, exchange.headers)
    const early = checkRequest(request, isAllowed, respond)
    if (early) return early

    exchange.stage = 'authorize'
    const authorization = await callAuthorize(OWNER, authorize, request, deadline)
    if (authorization.status === 'response') return addHeaders(authorization.response, exchange.headers)
    if (authorization.status !== 'authorized') return rejectionResponse(authorization.status, respond)
    if (request.method === 'HEAD') return respond(200, {})
    return issueTo(authorization.userId, exchange, respond)
  }

  const issueTo = async (userId: string, exchange: Exchange, respond: Respond) => {
    const { request, reports, deadline } = exchange
    if (limitRequest) {
      exchange.stage = 'rateLimit'
      const onStoreError = (error: unknown) => reports.report(error, 'rateLimit')
      const decision = await limitRequest({ request, userId, deadline, onStoreError })
      if (decision.status === 'limited') return rateLimitResponse(decision.retryAfterSeconds, respond)
      if (decision.status === 'unavailable') return storeErrorResponse(respond)
    }
    exchange.stage = 'source'
    const onSourceError = (error: unknown) => reports.report(error, 'source')
    const issued = await issueServers({ request, userId, ttl }, deadline, onSourceError)
    if (onIssue) {
      deadline.openSignal().throwIfAborted()
      exchange.stage = 'internal'
      const { iceServers, expiresAt, source } = issued
      const copy = { userId, iceServers: copyServers(iceServers), expiresAt, source }
      await deadline.wait('onIssue', onIssue(copy))
    }
    return serversResponse(issued, respond)
  }

  return async function handleIceServers(request, ...platform) {
    assertRequest(request)
    const startedAt = Date.now()
    const reports = createErrorReports(onError, request, platform)
    const deadline = new Deadline({ timeoutMs, openParentSignal: () => request.signal })
    const exchange: Exchange = { request, reports, deadline, stage: 'internal', headers: RESPONSE_HEADERS }
    let response: Response
    try {
      response = await respondTo(exchange)
    } catch (error) {
      if (isFrameworkError(error)) throw error
      reports.report(error, exchange.stage)
      response = errorResponse(error, createRespond(request, exchange.headers))
    } finally {
      deadline.end()
    }
    await reports.settle(timeoutMs - (Date.now() - startedAt))
    return response
  }
}

/** Node's `http`, Express and others pass an object whose `headers` are a record, which would fail somewhere else. */
function assertRequest(request: { headers?: Partial<Headers> } | undefined): void {
  if (typeof request?.headers?.get === 'function') return
  throw new TypeError(
    `${OWNER}: the handler must be called with a standard Request, got Node's IncomingMessage or another object: wrap it with toNodeListener()`,
  )
}

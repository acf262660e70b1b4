/** The handler of the ICE servers endpoint: checks, authenticates and limits a request, then issues ICE servers. */
import { assertKnownOptions, assertOption, describeValue } from '../option-checks.js'
import { checkRequest } from './check-request.js'
import { createCorsHeaders } from './cors.js'
import { withDeadline } from './deadline.js'
import {
  addHeaders,
  createRespond,
  errorResponse,
  rateLimitResponse,
  serversResponse,
} from './format-response.js'
import { createIssuer, type IceServersSource } from './issue-servers.js'
import { createRequestLimiter } from './limit-requests.js'
import type { RateLimit } from './rate-limit.js'
import { MAX_TIMER_MS, requireInteger, requireTtl } from './validate.js'

/** Options of {@link createIceServersHandler}. */
export interface IceServersHandlerOptions {
  /** One source, or several: if one fails, the next is requested. */
  source: IceServersSource | readonly IceServersSource[]
  /**
   * Authenticates the request. Returns a user id (a non-empty string), `false` for 401, or a `Response`.
   * Required: protect this endpoint, because anyone who can call it can relay traffic at your expense.
   */
  authorize: (request: Request) => string | false | Response | Promise<string | false | Response>
  /** Origins other than the endpoint's own that may read the response. @defaultValue none */
  allowedOrigins?: readonly string[]
  /** Lifetime of the credentials, in seconds, from 1 to 172 800. Overrides the `ttl` of a source. @defaultValue 3600 */
  ttl?: number
  /** How many requests a user may make. @defaultValue no limit */
  rateLimit?: RateLimit
  /** Time limit of a response, in ms. @defaultValue 10 000 */
  timeoutMs?: number
  /**
   * Called with every error; the response does not contain it. Log only the error: the headers of the request contain
   * the user's token.
   */
  onError?: (error: unknown, request: Request) => unknown
}

const OWNER = 'createIceServersHandler'

const OPTION_NAMES: readonly (keyof IceServersHandlerOptions)[] = [
  'source',
  'authorize',
  'allowedOrigins',
  'ttl',
  'rateLimit',
  'timeoutMs',
  'onError',
]

/**
 * Creates the handler of the endpoint that `IceServerProvider` requests: from a standard `Request` to a standard
 * `Response` with `{ iceServers, ttl, expiresAt }`. Error responses are short JSON: 401, 405, 429 with `Retry-After`,
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
 */
export function createIceServersHandler(
  options: IceServersHandlerOptions,
): (request: Request) => Promise<Response> {
  assertKnownOptions(OWNER, options, OPTION_NAMES)
  const { authorize, onError, timeoutMs = 10_000 } = options
  assertOption(typeof authorize === 'function', OWNER, 'authorize', 'a function', authorize)
  const ttl = requireTtl(OWNER, options.ttl)
  requireInteger(OWNER, 'timeoutMs', timeoutMs, MAX_TIMER_MS)

  const reportError = async (error: unknown, request: Request): Promise<void> => {
    try {
      await onError?.(error, request)
    } catch {
      // An error in onError must not prevent the response.
    }
  }
  const corsHeaders = createCorsHeaders(OWNER, options.allowedOrigins)
  const limitRequests = createRequestLimiter(OWNER, options.rateLimit)
  const issueServers = createIssuer(OWNER, options.source, {
    timeoutMs,
    onSourceError: (error, request) => void reportError(error, request),
  })

  return async function handleIceServers(request) {
    assertRequest(request)
    const sharedHeaders = corsHeaders(request)
    const respond = createRespond(request, sharedHeaders)

    const respondTo = async (signal: AbortSignal): Promise<Response> => {
      const userId: unknown = await authorize(request)
      signal.throwIfAborted()
      if (userId === false) return respond(401, { error: 'unauthorized' })
      if (userId instanceof Response) return addHeaders(userId, sharedHeaders)
      assertUserId(userId)
      if (request.method === 'HEAD') return respond(200, {})

      const waitSeconds = await limitRequests(userId)
      if (waitSeconds !== undefined) return rateLimitResponse(waitSeconds, respond)
      return serversResponse(await issueServers({ userId, request, signal, ttl }), respond)
    }

    const limits = {
      name: 'authorize, rateLimit.store or source',
      timeoutMs,
      parentSignal: request.signal,
    }
    try {
      return checkRequest(request, respond) ?? (await withDeadline(respondTo, limits))
    } catch (error) {
      void reportError(error, request)
      return errorResponse(error, respond)
    }
  }
}

/** Node's `http`, Express and others pass an object whose `headers` are a record, which would fail somewhere else. */
function assertRequest(request: { headers?: Partial<Headers> } | undefined): void {
  if (typeof request?.headers?.get === 'function') return
  throw new TypeError(
    `${OWNER}: the handler must be called with a standard Request, got Node's IncomingMessage or another object: wrap it with getRequestListener() of @hono/node-server`,
  )
}

function assertUserId(userId: unknown): asserts userId is string {
  if (typeof userId === 'string' && userId !== '') return
  throw new TypeError(
    `${OWNER}: authorize must return a user id (a non-empty string), false or a Response, got ${describeValue(userId)}`,
  )
}

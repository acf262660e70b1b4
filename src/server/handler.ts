import { selectServers } from '../config/select-servers.js'
import { isIceServerError } from '../errors.js'
import { createCorsHeaders, type ResponseHeaders } from './cors.js'
import { withDeadline } from './deadline.js'
import { TurnApiError } from './errors.js'
import type { IceServersResponse } from './ice-servers-response.js'
import { createMemoryStore, type RateLimit } from './rate-limit.js'
import { MAX_TIMER_MS, requireInteger, requireTtl } from './validate.js'

/** What a source gets. */
export interface SourceContext {
  /** What `authorize` gave. */
  readonly userId: string
  /** Of the client. Its headers hold the user's token. */
  readonly request: Request
  /** Fires when the answer is no longer wanted: the client went away, or `timeoutMs` is over. */
  readonly signal: AbortSignal
  /** Lifetime to mint, in seconds. */
  readonly ttl: number
}

/**
 * Where the handler gets servers from: `createCloudflareTurn(…)`, `createTurnRestCredentials(…)`, or a function
 * that gives a list of `RTCIceServer`, or an object with it as `iceServers` and, if the credentials live shorter
 * than the handler's `ttl`, with `expiresAt` in epoch ms.
 */
export type IceServersSource =
  | ((context: SourceContext) => unknown)
  | { generateCredentials(context: SourceContext): unknown }

/** Options of {@link createIceServersHandler}. */
export interface IceServersHandlerOptions {
  /** One source, or several: the next is asked when one fails. */
  source: IceServersSource | readonly IceServersSource[]
  /**
   * Tells who asks: the id of the user; or `false`, for a 401; or a `Response` of your own that refuses.
   * Required, for an endpoint that mints for anybody is somebody else's TURN server at your expense.
   */
  authorize: (request: Request) => string | false | Response | Promise<string | false | Response>
  /** Origins other than the endpoint's own that may read the answer. @defaultValue none */
  allowedOrigins?: readonly string[]
  /** Lifetime to mint, in seconds, from 1 to 172 800; a ttl of the source's own does not count. @defaultValue 3600 */
  ttl?: number
  /** How often a user may ask. @defaultValue without limit */
  rateLimit?: RateLimit
  /** Time for an answer, in ms. @defaultValue 10 000 */
  timeoutMs?: number
  /**
   * Gets what went wrong, for the answer does not tell. Log the error alone: the headers of the request hold the
   * user's token.
   */
  onError?: (error: unknown, request: Request) => unknown
}

type Respond = (status: number, body?: object, headers?: Record<string, string>) => Response

/**
 * Creates the handler of the endpoint that `IceServerProvider` asks: from a standard `Request` to a standard
 * `Response` with `{ iceServers, ttl, expiresAt }`. Errors are short JSON: 401, 405, 429 with `Retry-After`,
 * 502 for a fault of the source, 503 if it is busy or too slow, 500 for a fault of one's own.
 *
 * @throws TypeError for a missing or wrong option; RangeError for a number out of its limits.
 *
 * @example
 * ```ts
 * const handle = createIceServersHandler({
 *   source: createTurnRestCredentials({ secret: env.TURN_SECRET, urls: ['turn:turn.example.org'] }),
 *   authorize: async (request) => (await sessionOf(request))?.userId ?? false,
 * })
 * export default { fetch: handle }
 * ```
 */
export function createIceServersHandler(
  options: IceServersHandlerOptions,
): (request: Request) => Promise<Response> {
  const { authorize, rateLimit, timeoutMs = 10_000, onError } = options
  const sources = [options.source].flat().map(toFunction)
  if (typeof authorize !== 'function') throw new TypeError('authorize is no function')
  if (sources.length === 0) throw new TypeError('source is no source')
  const ttl = requireTtl(options.ttl)
  requireInteger('timeoutMs', timeoutMs, MAX_TIMER_MS)
  if (rateLimit) {
    requireInteger('rateLimit.limit', rateLimit.limit)
    requireInteger('rateLimit.windowMs', rateLimit.windowMs)
  }
  const corsHeaders = createCorsHeaders(options.allowedOrigins ?? [])
  const store = rateLimit?.store ?? createMemoryStore()

  const report = async (error: unknown, request: Request) => {
    try {
      await onError?.(error, request)
    } catch {
      // A fault of the reporter must not cost the answer.
    }
  }

  /** Counts the request. 0 if the user may ask now. */
  const secondsToWait = async (userId: string) => {
    if (!rateLimit) return 0
    const { count, resetAt } = await store.increment(userId, rateLimit.windowMs)
    return count <= rateLimit.limit ? 0 : Math.max(1, Math.ceil((resetAt - Date.now()) / 1000) || 1)
  }

  /** Asks one source after the other, each for its share of the time, the last for what is left. */
  const mint = async (
    context: SourceContext,
    [source, ...others] = sources,
  ): Promise<Omit<IceServersResponse, 'ttl'>> => {
    const ask = async (signal: AbortSignal) => {
      const latest = Date.now() + ttl * 1000
      const answer = await source?.({ ...context, signal })
      const expiresAt = Math.min(latest, Object(answer).expiresAt ?? latest)
      if (!(expiresAt > Date.now())) throw new TurnApiError('credentials have expired')
      return { iceServers: selectServers(answer, {}).iceServers, expiresAt }
    }
    try {
      if (others.length === 0) return await ask(context.signal)
      return await withDeadline(ask, timeoutMs / sources.length, context.signal)
    } catch (error) {
      if (others.length === 0 || context.signal.aborted) throw error
      void report(error, context.request)
      return mint(context, others)
    }
  }

  const answer = async (request: Request, signal: AbortSignal, respond: Respond): Promise<Response> => {
    const userId = await authorize(request)
    signal.throwIfAborted()
    if (userId === false) return respond(401, { error: 'unauthorized' })
    if (userId instanceof Response) return withHeaders(userId, corsHeaders(request))
    if (typeof userId !== 'string' || userId === '') throw new TypeError('authorize gave no user id')
    if (request.method === 'HEAD') return respond(200, {})

    const waitSeconds = await secondsToWait(userId)
    if (waitSeconds) return respond(429, { error: 'too many requests' }, { 'retry-after': `${waitSeconds}` })
    const { iceServers, expiresAt } = await mint({ userId, request, signal, ttl })
    const lifetime = Math.floor((expiresAt - Date.now()) / 1000)
    return respond(200, { iceServers, ttl: lifetime, expiresAt: new Date(expiresAt).toISOString() })
  }

  return async function handleIceServers(request) {
    const cors = corsHeaders(request)
    const respond: Respond = (status, body, headers) => {
      const date = new Date().toUTCString()
      const type = body && { 'content-type': 'application/json' }
      const text = request.method === 'HEAD' ? null : JSON.stringify(body)
      return new Response(text, { status, headers: { ...cors, date, ...type, ...headers } })
    }
    if (request.method === 'OPTIONS') return respond(204)
    if (!['GET', 'HEAD', 'POST'].includes(request.method)) {
      return respond(405, { error: 'method not allowed' }, { allow: 'GET, HEAD, POST, OPTIONS' })
    }
    try {
      return await withDeadline((signal) => answer(request, signal, respond), timeoutMs, request.signal)
    } catch (error) {
      void report(error, request)
      return refuse(error, respond)
    }
  }
}

function toFunction(source: IceServersSource): (context: SourceContext) => unknown {
  if (typeof source === 'function') return source
  if (typeof Object(source).generateCredentials !== 'function') throw new TypeError('source is no source')
  return (context) => source.generateCredentials(context)
}

function withHeaders(refusal: Response, added: ResponseHeaders): Response {
  const response = new Response(refusal.body, refusal)
  for (const [name, value] of Object.entries(added)) response.headers.set(name, value)
  return response
}

/** A fault of the source is a 502, a source that is busy or slow a 503, everything else a fault of one's own. */
function refuse(error: unknown, respond: Respond): Response {
  const isUpstream = error instanceof TurnApiError || isIceServerError(error)
  if (!isUpstream) return respond(500, { error: 'internal error' })
  const { status, retryAfterMs = 1000 } = error
  if (status !== 429 && status !== 503) return respond(502, { error: 'upstream failed' })
  return respond(503, { error: 'upstream busy' }, { 'retry-after': `${Math.ceil(retryAfterMs / 1000)}` })
}

/** Requests ICE servers from the sources in order, until one of them succeeds. */
import type { RTCIceServer } from '../config/ice-server.js'
import { parseRetryAfterMs } from '../config/retry-after.js'
import { assertOption } from '../option-checks.js'
import { isObject } from '../type-guards.js'
import { findCheckedIssuer } from './checked-issuers.js'
import type { Deadline } from './deadline.js'
import { isFrameworkError, TurnApiError, toSourceError } from './errors.js'
import { type IssuedServers, limitExpiry, readIssuedServers } from './read-issued-servers.js'

/** The argument of a source. @group Server: handler */
export interface SourceContext {
  /** The user id that `authorize` returned. */
  readonly userId: string
  /** The client's request. Its headers contain the user's token. */
  readonly request: Request
  /** Aborted when the client disconnects or `timeoutMs` elapses. */
  readonly signal: AbortSignal
  /** Lifetime of the credentials to issue, in seconds. */
  readonly ttl: number
}

/**
 * Where the handler gets ICE servers: `createCloudflareTurn(…)`, `createTurnRestCredentials(…)`, or a function.
 * A function returns whatever the client reads: a list of `RTCIceServer`, the response of a TURN provider or the object of its
 * SDK, or a standard `Response` with one of them as JSON. Of the lifetimes in it, the timestamps in usernames and the `ttl` of the
 * handler, the earliest counts. Its `afterExpiry` is part of the response.
 * @group Server: handler
 */
export type IceServersSource =
  | ((context: SourceContext) => unknown)
  | { generateCredentials(context: SourceContext): unknown }

/** Credentials that the handler issued. Do not log `iceServers`: they contain the credentials. @group Server: handler */
export interface IssuedCredentials {
  /** The user id that `authorize` returned. */
  readonly userId: string
  /** A copy of the servers in the response. */
  readonly iceServers: RTCIceServer[]
  /** When the credentials expire, in epoch ms. */
  readonly expiresAt: number
  /** The position of the source in the list; 0 if there is only one. */
  readonly source: number
}

/** Called with credentials before they are sent. @group Server: handler */
export type OnIssue = (issued: IssuedCredentials) => unknown

/** ICE servers, and the position of their source in the list. */
export interface SourcedServers extends IssuedServers {
  readonly source: number
}

/** The context of a source without its signal. */
type SourceRequest = Omit<SourceContext, 'signal'>

/**
 * Requests ICE servers for a user.
 *
 * @param onSourceError - Called when a source fails and the next one is requested.
 */
export type IssueServers = (
  sourceRequest: SourceRequest,
  deadline: Deadline,
  onSourceError: (error: unknown) => void,
) => Promise<SourcedServers>

/** A source, its position in the list, and its name for error messages. */
interface NamedSource {
  readonly source: IceServersSource
  readonly index: number
  readonly name: string
}

const SOURCE_EXPECTED = 'a function or an object with generateCredentials()'

/**
 * Combines sources into one function. When a source fails, it requests the next one. Each source has an equal share
 * of the time; the last one can use all that remains.
 *
 * @param timeoutMs - Time limit for all sources together.
 * @throws TypeError if there is no source, or if one is neither a function nor an object with `generateCredentials()`.
 */
export function createIssuer(
  owner: string,
  source: IceServersSource | readonly IceServersSource[],
  timeoutMs: number,
): IssueServers {
  const sources: readonly IceServersSource[] = [source].flat()
  assertOption(sources.length > 0, owner, 'source', SOURCE_EXPECTED, source)
  const shareMs = Math.ceil(timeoutMs / sources.length)
  const issuers = sources.map((entry, index): IssueServers => {
    const name = Array.isArray(source) ? `source[${index}]` : 'source'
    assertOption(isSource(entry), owner, name, SOURCE_EXPECTED, entry)
    const issue = (sourceRequest: SourceRequest, deadline: Deadline) =>
      requestFromSource({ source: entry, index, name }, sourceRequest, deadline)
    if (index === sources.length - 1) return issue
    return async (sourceRequest, deadline) =>
      deadline.waitForPart(name, shareMs, (share) => issue(sourceRequest, share))
  })
  return issuers.reduceRight((next, issue) => async (sourceRequest, deadline, onSourceError) => {
    try {
      return await issue(sourceRequest, deadline, onSourceError)
    } catch (error) {
      if (deadline.openSignal().aborted || isFrameworkError(error)) throw error
      onSourceError(error)
      return next(sourceRequest, deadline, onSourceError)
    }
  })
}

function isSource(source: unknown): source is IceServersSource {
  return (
    typeof source === 'function' || (isObject(source) && typeof source.generateCredentials === 'function')
  )
}

/** @throws {@link TurnApiError}, whatever the source throws or returns; or the error of a framework. */
async function requestFromSource(
  { source, index, name }: NamedSource,
  { userId, request, ttl }: SourceRequest,
  deadline: Deadline,
): Promise<SourcedServers> {
  const limits = { name, ttl, requestedAt: Date.now() }
  try {
    const issueChecked = typeof source !== 'function' && findCheckedIssuer(source.generateCredentials)
    if (issueChecked) {
      const { iceServers, expiresAt, afterExpiry } = await deadline.wait(name, issueChecked({ userId, ttl }))
      const limitedExpiresAt = limitExpiry(expiresAt, limits, 'expiresAt')
      return { iceServers, expiresAt: limitedExpiresAt, afterExpiry, source: index }
    }
    const signal = deadline.openSignal()
    signal.throwIfAborted()
    const context: SourceContext = { userId, request, ttl, signal }
    const returned = typeof source === 'function' ? source(context) : source.generateCredentials(context)
    const { body, headers } = await deadline.wait(name, readReturned(name, returned))
    return { ...readIssuedServers(body, { ...limits, headers }), source: index }
  } catch (error) {
    throw toSourceError(error, name)
  }
}

/** Returns the content of a `Response`, also of another implementation of Fetch, and any other value unchanged. */
async function readReturned(name: string, returned: unknown): Promise<{ body: unknown; headers?: Headers }> {
  const value = await returned
  if (!isResponse(value)) return { body: value }
  const { ok, status, headers } = value
  if (!ok) {
    const retryAfterMs = parseRetryAfterMs(headers, Date.now())
    throw new TurnApiError(`${name} returned a Response with the status ${status}`, { status, retryAfterMs })
  }
  const text = await value.text()
  try {
    return { body: JSON.parse(text), headers }
  } catch {
    // The message of a SyntaxError repeats a part of the text.
    throw new TurnApiError(`${name} returned a Response that is not JSON`)
  }
}

function isResponse(value: unknown): value is Response {
  return Object.prototype.toString.call(value) === '[object Response]'
}

/** Requests ICE servers from the sources in order, until one of them succeeds. */
import type { RTCIceServer } from '../config/ice-server.js'
import { parseRetryAfterMs } from '../config/retry-after.js'
import { assertOption } from '../option-checks.js'
import { isObject } from '../type-guards.js'
import { findCheckedIssuer } from './checked-issuers.js'
import { type Deadline, withDeadline } from './deadline.js'
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

/** A request for ICE servers. */
export interface IssueRequest extends Omit<SourceContext, 'signal'> {
  /** Called when a source fails and the next one is requested. */
  readonly onSourceError: (error: unknown) => void
}

/** Requests ICE servers for a user. */
export type IssueServers = (request: IssueRequest, deadline: Deadline) => Promise<SourcedServers>

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
    const issue: IssueServers = (request, deadline) =>
      requestFromSource({ entry, name, index }, request, deadline)
    if (index === sources.length - 1) return issue
    return (request, deadline) => {
      const limits = { timeoutMs: shareMs, parent: deadline }
      return withDeadline(limits, (share) => issue(request, share))
    }
  })
  return issuers.reduceRight((next, issue) => async (request, deadline) => {
    try {
      return await issue(request, deadline)
    } catch (error) {
      if (deadline.signal.aborted || isFrameworkError(error)) throw error
      request.onSourceError(error)
      return next(request, deadline)
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
  { entry, name, index }: { entry: IceServersSource; name: string; index: number },
  { userId, request, ttl }: IssueRequest,
  deadline: Deadline,
): Promise<SourcedServers> {
  const limits = { name, ttl, requestedAt: Date.now() }
  try {
    const issueChecked = typeof entry !== 'function' && findCheckedIssuer(entry.generateCredentials)
    if (issueChecked) {
      const { iceServers, expiresAt, afterExpiry } = await issueChecked({ userId, ttl })
      return {
        iceServers,
        expiresAt: limitExpiry(expiresAt, limits, 'expiresAt'),
        afterExpiry,
        source: index,
      }
    }
    const { signal } = deadline
    signal.throwIfAborted()
    const context: SourceContext = { userId, request, ttl, signal }
    const returned = typeof entry === 'function' ? entry(context) : entry.generateCredentials(context)
    const { body, headers } = await deadline.wait(name, readReturned(name, returned))
    return { source: index, ...readIssuedServers(body, { headers, ...limits }) }
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

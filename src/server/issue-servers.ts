/** Requests ICE servers from the sources in order, until one of them succeeds. */
import type { RTCIceServer } from '../config/ice-server.js'
import { parseRetryAfterMs } from '../config/retry-after.js'
import { assertOption } from '../option-checks.js'
import { isObject } from '../type-guards.js'
import { findCheckedIssuer } from './checked-issuers.js'
import { type Abortable, withDeadline } from './deadline.js'
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

/**
 * Requests ICE servers for a user.
 *
 * @param onSourceError - Called when a source fails and the next one is requested.
 */
export type IssueServers = (
  context: SourceContext,
  onSourceError: (error: unknown) => void,
) => Promise<SourcedServers>

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
    const issue: IssueServers = async (context) => ({
      ...(await requestFromSource(name, entry, context)),
      source: index,
    })
    if (index === sources.length - 1) return issue
    return (context, onSourceError) => {
      const limits = { name, timeoutMs: shareMs, parent: context }
      return withDeadline(({ signal }) => issue({ ...context, signal }, onSourceError), limits)
    }
  })
  return issuers.reduceRight((next, issue) => async (context, onSourceError) => {
    try {
      return await issue(context, onSourceError)
    } catch (error) {
      if (context.signal.aborted || isFrameworkError(error)) throw error
      onSourceError(error)
      return next(context, onSourceError)
    }
  })
}

/** Returns the context of a request. Its signal is created when a source reads it. */
export function createSourceContext(
  request: Omit<SourceContext, 'signal'>,
  limited: Abortable,
): SourceContext {
  return {
    ...request,
    get signal() {
      return limited.signal
    },
  }
}

function isSource(source: unknown): source is IceServersSource {
  return (
    typeof source === 'function' || (isObject(source) && typeof source.generateCredentials === 'function')
  )
}

/** @throws {@link TurnApiError}, whatever the source throws or returns; or the error of a framework. */
async function requestFromSource(
  name: string,
  source: IceServersSource,
  context: SourceContext,
): Promise<IssuedServers> {
  const limits = { name, ttl: context.ttl, requestedAt: Date.now() }
  try {
    const issueChecked = typeof source !== 'function' && findCheckedIssuer(source.generateCredentials)
    if (issueChecked) {
      const issued = await issueChecked(context)
      return { ...issued, expiresAt: limitExpiry(issued.expiresAt, limits, 'expiresAt') }
    }
    context.signal.throwIfAborted()
    const request = typeof source === 'function' ? source : source.generateCredentials.bind(source)
    const { body, headers } = await readReturned(name, await request(context))
    return readIssuedServers(body, { ...limits, headers })
  } catch (error) {
    throw toSourceError(error, name)
  }
}

/** Returns the content of a `Response`, also of another implementation of Fetch, and any other value unchanged. */
async function readReturned(name: string, value: unknown): Promise<{ body: unknown; headers?: Headers }> {
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

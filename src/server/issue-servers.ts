/** Requests ICE servers from the sources in order, until one of them succeeds. */
import type { AfterExpiry } from '../config/after-expiry.js'
import type { RTCIceServer } from '../config/ice-server.js'
import { selectServers } from '../config/select-servers.js'
import { assertOption } from '../option-checks.js'
import { isObject, isRecord } from '../type-guards.js'
import { withDeadline } from './deadline.js'
import { TurnApiError, translateIceServerError } from './errors.js'

/** The argument of a source. */
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
 * A function returns a list of `RTCIceServer`, or an object with the list as `iceServers` and, if the credentials
 * expire before the handler's `ttl`, their expiry as `expiresAt` in epoch ms. Its `afterExpiry` is part of the response.
 */
export type IceServersSource =
  | ((context: SourceContext) => unknown)
  | { generateCredentials(context: SourceContext): unknown }

/** ICE servers of a source, and when their credentials expire, in epoch ms. */
export interface IssuedServers {
  readonly iceServers: RTCIceServer[]
  readonly expiresAt: number
  readonly afterExpiry: AfterExpiry | undefined
}

/**
 * Requests ICE servers for a user.
 *
 * @param onSourceError - Called when a source fails and the next one is requested.
 */
export type IssueServers = (
  context: SourceContext,
  onSourceError: (error: unknown) => void,
) => Promise<IssuedServers>

type SourceFunction = (context: SourceContext) => unknown

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
    const requestServers = toSourceFunction(owner, name, entry)
    const issue: IssueServers = (context) => requestFromSource(name, requestServers, context)
    if (index === sources.length - 1) return issue
    return (context, onSourceError) => {
      const limits = { name, timeoutMs: shareMs, parentSignal: context.signal }
      return withDeadline((signal) => issue({ ...context, signal }, onSourceError), limits)
    }
  })
  return issuers.reduceRight((next, issue) => async (context, onSourceError) => {
    try {
      return await issue(context, onSourceError)
    } catch (error) {
      if (context.signal.aborted) throw error
      onSourceError(error)
      return next(context, onSourceError)
    }
  })
}

function toSourceFunction(owner: string, name: string, source: IceServersSource): SourceFunction {
  if (typeof source === 'function') return source
  const isSource = isObject(source) && typeof source.generateCredentials === 'function'
  assertOption(isSource, owner, name, SOURCE_EXPECTED, source)
  return (context) => source.generateCredentials(context)
}

/** @throws {@link TurnApiError} for an unusable response; otherwise whatever the source throws. */
async function requestFromSource(
  name: string,
  requestServers: SourceFunction,
  context: SourceContext,
): Promise<IssuedServers> {
  const maxExpiresAt = Date.now() + context.ttl * 1000
  try {
    const body = await requestServers(context)
    const sourceExpiresAt = isRecord(body) ? body.expiresAt : undefined
    const expiresAt = Math.min(maxExpiresAt, Number(sourceExpiresAt ?? maxExpiresAt))
    // Also rejects NaN, which is the result if expiresAt is not a number.
    if (!(expiresAt > Date.now())) {
      throw new TurnApiError(`${name} returned credentials whose expiresAt (epoch ms) is not in the future`)
    }
    const { iceServers, afterExpiry } = selectServers(body, { invalidServers: 'reject' })
    if (iceServers.length === 0) throw new TurnApiError(`${name} returned an empty list of ICE servers`)
    return { iceServers, expiresAt, afterExpiry }
  } catch (error) {
    throw translateIceServerError(error, name)
  }
}

/** The error class of the server half, and the translation of other errors into it. */
import { describeValue } from '../option-checks.js'
import { isObject } from '../type-guards.js'

/** One error that Cloudflare's API reports. @group Server: errors */
export interface TurnApiErrorDetail {
  /** The error code: a number, a name such as `bad_ttl`, or `undefined` if there is none. */
  readonly code: number | string | undefined
  /** The message in one line: at most 200 characters, without the secret. Can be empty. */
  readonly message: string
}

/** Members of a {@link TurnApiError} beside its message. @group Server: errors */
export interface TurnApiErrorDetails {
  /** HTTP status of the response; 503 after a timeout, `undefined` without a response. */
  status?: number | undefined
  /** Errors that the API reported. */
  errors?: readonly TurnApiErrorDetail[]
  /** What to check, if the likely cause is known. */
  hint?: string | undefined
  /** How long to wait before the next request, in ms (`Retry-After`). */
  retryAfterMs?: number | undefined
  /** The underlying error. That of a request contains no header and no body; that of a source is what the source threw. */
  cause?: unknown
}

/**
 * The error class of the server half: a TURN API could not be reached, or its response was an error or unusable.
 * Contains no secret.
 *
 * @example
 * ```ts
 * await turn.generateCredentials().catch((error) => {
 *   if (error instanceof TurnApiError) console.error(error.status, error.errors, error.hint)
 * })
 * ```
 * @group Server: errors
 */
export class TurnApiError extends Error {
  /** HTTP status of the response; 503 after a timeout, `undefined` without a response. */
  declare readonly status: number | undefined
  /** Errors that the API reported. Can be empty. */
  declare readonly errors: readonly TurnApiErrorDetail[]
  /** What to check, if the likely cause is known. */
  declare readonly hint: string | undefined
  /** How long to wait before the next request, in ms (`Retry-After`). */
  declare readonly retryAfterMs: number | undefined

  constructor(message: string, details: TurnApiErrorDetails = {}) {
    super(details.hint ? `${message} (${details.hint})` : message, details)
    this.status = details.status
    this.errors = details.errors ?? []
    this.hint = details.hint
    this.retryAfterMs = details.retryAfterMs
  }

  /** Always `TurnApiError`. */
  override get name(): string {
    return 'TurnApiError'
  }
}

/**
 * Whether a framework throws an error to control its rendering, as Next.js does in `redirect()` and in `fetch`. Such errors have a
 * `digest`, and only the framework may handle them.
 */
export function isFrameworkError(error: unknown): boolean {
  return typeof readErrorMember(error, 'digest') === 'string'
}

/** Whether a value is a {@link TurnApiError}, also one from another copy of this package. */
export function isTurnApiError(error: unknown): boolean {
  return readErrorMember(error, 'name') === 'TurnApiError'
}

/** Returns a member of a thrown value; `undefined` if the value is not an object, or a getter or a proxy throws. */
function readErrorMember(error: unknown, name: string): unknown {
  try {
    return isObject(error) ? error[name] : undefined
  } catch {
    return undefined
  }
}

/** Returns a {@link TurnApiError} in place of an `IceServerError`, and any other error unchanged. */
export function translateIceServerError(error: unknown, source: string): unknown {
  if (readErrorMember(error, 'name') !== 'IceServerError') return error
  return wrapError(error, `${source}: ${readErrorMember(error, 'message')}`)
}

/**
 * Returns a {@link TurnApiError} with the status and the wait of whatever a source threw. Errors of a framework are returned
 * unchanged.
 *
 * @param source - Name of the source, for the error message.
 */
export function toSourceError(error: unknown, source: string): unknown {
  if (isFrameworkError(error)) return error
  const translated = translateIceServerError(error, source)
  if (isTurnApiError(translated)) {
    const isOwn = translated instanceof TurnApiError
    return isOwn ? translated : wrapError(error, String(readErrorMember(error, 'message')))
  }
  const name = readErrorMember(error, 'name')
  // A proxy can throw when it is described.
  const description = typeof name === 'string' ? name : isObject(error) ? 'an object' : describeValue(error)
  return wrapError(error, `${source} threw ${description}`)
}

function wrapError(cause: unknown, message: string): TurnApiError {
  const statuses = [readErrorMember(cause, 'status'), readErrorMember(cause, 'statusCode')]
  const [status, retryAfterMs] = [statuses.find(isFiniteNumber), readErrorMember(cause, 'retryAfterMs')]
  return new TurnApiError(message, {
    status,
    retryAfterMs: isFiniteNumber(retryAfterMs) ? retryAfterMs : undefined,
    cause,
  })
}

function isFiniteNumber(value: unknown): value is number {
  return Number.isFinite(value)
}

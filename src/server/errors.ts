/** One fault as Cloudflare's API tells it. */
export interface TurnApiFault {
  readonly code: number
  readonly message: string
}

/** What a {@link TurnApiError} may carry beside its message. */
export interface TurnApiErrorDetails {
  /** HTTP status of the answer; 503 if it came too late, none if none came. */
  status?: number | undefined
  errors?: readonly TurnApiFault[]
  /** What is probably wrong, where that is known. */
  hint?: string | undefined
  /** How long the API asked to be left alone, in ms. */
  retryAfterMs?: number | undefined
  /** What lies beneath a network error; never something that holds a request, a header or a body. */
  cause?: unknown
}

/**
 * The one error class of the server half: an API refused, failed or answered nonsense. It holds no secret.
 *
 * @example
 * ```ts
 * await turn.generateCredentials().catch((error) => {
 *   if (error instanceof TurnApiError) console.error(error.status, error.errors, error.hint)
 * })
 * ```
 */
export class TurnApiError extends Error {
  declare readonly status: number | undefined
  declare readonly errors: readonly TurnApiFault[]
  declare readonly hint: string | undefined
  declare readonly retryAfterMs: number | undefined

  constructor(message: string, details: TurnApiErrorDetails = {}) {
    super(details.hint ? `${message} (${details.hint})` : message, details)
    Object.assign(this, { errors: [] }, details)
  }

  override get name(): string {
    return 'TurnApiError'
  }
}

/** One fault as Cloudflare's API tells it. */
export interface TurnApiErrorDetail {
  /** Cloudflare's number of it. */
  readonly code: number
  /** What it says, cut after 200 characters and without the secret. */
  readonly message: string
}

/** What a {@link TurnApiError} may carry beside its message. */
export interface TurnApiErrorDetails {
  /** HTTP status of the answer; 503 if it came too late, none if none came. */
  status?: number | undefined
  /** What the API told. */
  errors?: readonly TurnApiErrorDetail[]
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
  /** HTTP status of the answer; 503 if it came too late, none if none came. */
  declare readonly status: number | undefined
  /** What the API told; may be empty. */
  declare readonly errors: readonly TurnApiErrorDetail[]
  /** What is probably wrong, where that is known. */
  declare readonly hint: string | undefined
  /** How long the API asked to be left alone, in ms. */
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

/** Lifetime of credentials by the monotonic clock, so that a change of the system clock does not affect a countdown. */

/** How much of a lifetime remains. */
export interface RemainingLifetime {
  /** Negative after the expiry. */
  readonly remainingMs: number
  readonly lifetimeMs: number
  readonly isRevoked: boolean
}

/** The lifetime of credentials that have just arrived. */
export class Lifetime {
  isRevoked = false
  readonly #lifetimeMs: number
  readonly #endsAt: number

  /** @param expiresAt - Epoch ms, like `fetchedAt`, by the system clock as it is now. */
  constructor({ fetchedAt, expiresAt }: { readonly fetchedAt: number; readonly expiresAt: number }) {
    this.#lifetimeMs = expiresAt - fetchedAt
    this.#endsAt = performance.now() + expiresAt - Date.now()
  }

  read(): RemainingLifetime {
    const { isRevoked } = this
    return { remainingMs: this.#endsAt - performance.now(), lifetimeMs: this.#lifetimeMs, isRevoked }
  }
}

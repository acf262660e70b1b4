/** Finds out what a TURN server does with an allocation when its credentials expire. */
import { setTimeout as wait } from 'node:timers/promises'
import { describeStunError } from 'turnkeeper'
import { StunError, type TurnClient } from '../stun/turn-client.js'
import type { ExpiryReport } from './url-report.js'

/** When the allocation is refreshed. */
export interface ExpiryObservation {
  /** When the credentials expire, epoch ms. */
  readonly expiresAt: number
  /** Lifetime of the allocation. */
  readonly lifetimeSeconds: number | undefined
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** The clock of the server can be behind. */
const AFTER_EXPIRY_MS = 3000

/** RFC 8656 §7.2. */
const DEFAULT_LIFETIME_SECONDS = 600

/**
 * Refreshes the allocation like a browser, until its credentials have expired and once after that. A server that keeps it
 * accepts that refresh; others respond with an error, or not at all.
 *
 * @throws The error of a refresh before the expiry; the reason of the signal if it aborts.
 */
export async function observeExpiry(
  client: TurnClient,
  observation: ExpiryObservation,
): Promise<ExpiryReport> {
  const { expiresAt, lifetimeSeconds = DEFAULT_LIFETIME_SECONDS, timeoutMs, signal } = observation
  const refresh = () => client.refresh(AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]))
  const intervalMs = (lifetimeSeconds * 1000) / 2
  while (Date.now() + intervalMs < expiresAt) {
    await wait(intervalMs, undefined, { signal })
    await refresh()
  }
  await wait(Math.max(0, expiresAt + AFTER_EXPIRY_MS - Date.now()), undefined, { signal })
  try {
    await refresh()
    return {
      afterExpiry: 'keep',
      message: "keeps the allocation after the credentials expire: afterExpiry: 'keep'",
    }
  } catch (error) {
    signal.throwIfAborted()
    const cause =
      error instanceof StunError ? `error ${error.code}: ${describeStunError(error.code)}` : 'no response'
    return {
      afterExpiry: 'drop',
      message: `drops the allocation when the credentials expire (${cause}): afterExpiry: 'drop'`,
    }
  }
}

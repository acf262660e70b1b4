/** Finds out what a TURN server does with an allocation when its credentials expire. */
import { setTimeout as wait } from 'node:timers/promises'
import { classifyStunError, describeStunError } from 'turnkeeper'
import { StunError } from '../stun/stun-error.js'
import type { TurnClient } from '../stun/turn-client.js'
import { withTimeLimit } from '../time-limit.js'
import type { ExpiryReport } from './url-report.js'

/** When the allocation is refreshed. */
export interface ExpiryObservation {
  /** When the credentials expire, epoch ms. */
  readonly expiresAt: number
  readonly timeoutMs: number
  readonly signal: AbortSignal
}

/** The clock of the server can be behind. */
const AFTER_EXPIRY_MS = 3000

/** Keeps the bindings of NATs alive (RFC 8445 §11), and every allocation. */
const REFRESH_INTERVAL_MS = 15_000

/**
 * Refreshes the allocation until its credentials have expired, and once after that. A server that keeps it accepts that refresh.
 *
 * @throws The error of a refresh before the expiry; the reason of the signal if it aborts.
 */
export async function observeExpiry(
  client: TurnClient,
  { expiresAt, timeoutMs, signal }: ExpiryObservation,
): Promise<ExpiryReport> {
  const refresh = () => withTimeLimit(signal, timeoutMs, (limit) => client.refresh(limit))
  while (Date.now() + REFRESH_INTERVAL_MS < expiresAt) {
    await wait(REFRESH_INTERVAL_MS, undefined, { signal })
    await refresh()
  }
  await wait(Math.max(0, expiresAt + AFTER_EXPIRY_MS - Date.now()), undefined, { signal })
  try {
    await refresh()
    return {
      afterExpiry: 'keep',
      message: "keeps the allocation when the credentials expire: afterExpiry: 'keep'",
    }
  } catch (error) {
    signal.throwIfAborted()
    return explainRejection(error)
  }
}

/** Only an error about credentials or the allocation is caused by the expiry. */
function explainRejection(error: unknown): ExpiryReport {
  if (!(error instanceof StunError)) {
    return {
      afterExpiry: undefined,
      message: 'inconclusive: no response to the Refresh request after the expiry',
    }
  }
  const cause = `${error.message}: ${describeStunError(error.code)}`
  if (classifyStunError(error.code) !== 'credentials-rejected') {
    return {
      afterExpiry: undefined,
      message: `inconclusive: the Refresh request after the expiry failed with ${cause}`,
    }
  }
  return {
    afterExpiry: 'drop',
    message: `drops the allocation when the credentials expire (${cause}): afterExpiry: 'drop'`,
  }
}

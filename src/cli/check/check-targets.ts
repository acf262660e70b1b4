/** Checks several URLs at the same time. */
import type { IceUrl } from 'turnkeeper'
import type { CommandIo } from '../command.js'
import { countUrls } from '../format-text.js'
import type { TurnCredentials } from '../stun/turn-client.js'
import { CLEAR_LINE } from '../terminal.js'
import { checkUrl } from './check-url.js'
import type { ExpiryReport, UrlReport } from './url-report.js'

/** A URL, and the credentials of its server. */
export interface CheckTarget {
  readonly url: IceUrl
  readonly credentials: TurnCredentials
  /** When the credentials expire, if that is to be observed; epoch ms. */
  readonly expiresAt?: number | undefined
}

/** How the URLs are checked. */
export interface CheckTargetsOptions {
  /** Time limit of each step. */
  readonly timeoutMs: number
  /** How many at a time. */
  readonly concurrency: number
}

/** Resolves with the reports in the order of the URLs. Shows progress on a terminal. */
export async function checkTargets(
  targets: readonly CheckTarget[],
  { timeoutMs, concurrency }: CheckTargetsOptions,
  io: CommandIo,
): Promise<UrlReport[]> {
  const reports: UrlReport[] = []
  const remaining = [...targets.entries()]
  let doneCount = 0
  const showProgress = (text: string) => io.showsProgress && io.printError(`${CLEAR_LINE}${text}`)
  const checkRemaining = async () => {
    for (let next = remaining.shift(); next; next = remaining.shift()) {
      const [index, { url, credentials }] = next
      reports[index] = await checkUrl(url, { timeoutMs, signal: io.signal, credentials })
      showProgress(`checked ${++doneCount} of ${countUrls(targets.length)}`)
    }
  }
  try {
    if (targets.length > 0) showProgress(`checking ${countUrls(targets.length)}`)
    await Promise.all(Array.from({ length: concurrency }, checkRemaining))
  } finally {
    showProgress('')
  }
  return reports
}

/**
 * Waits until the credentials of the first usable TURN URL have expired. Resolves with what its server does then; the message names
 * the URL.
 */
export async function observeTargets(
  targets: readonly CheckTarget[],
  reports: readonly UrlReport[],
  timeoutMs: number,
  io: CommandIo,
): Promise<ExpiryReport> {
  const relay = targets[reports.findIndex(({ relayedAddress }) => relayedAddress !== undefined)]
  if (relay?.expiresAt === undefined) {
    return { afterExpiry: undefined, message: 'not measured: no TURN URL is usable' }
  }
  const { url, credentials, expiresAt } = relay
  if (io.showsProgress)
    io.printError(`waiting until the credentials expire at ${new Date(expiresAt).toISOString()}\n`)
  const options = { timeoutMs, signal: io.signal, credentials, observeExpiryAt: expiresAt }
  const { expiry, message } = await checkUrl(url, options)
  const { afterExpiry, message: finding } = expiry ?? {
    afterExpiry: undefined,
    message: `inconclusive: ${message}`,
  }
  return { afterExpiry, message: `${url.href} ${finding}` }
}

/** Checks several URLs at the same time. */
import type { IceUrl } from 'turnkeeper'
import type { CommandIo } from '../command.js'
import { countUrls } from '../format-rows.js'
import type { TurnCredentials } from '../stun/turn-client.js'
import { CLEAR_LINE } from '../terminal.js'
import { checkUrl } from './check-url.js'
import type { UrlReport } from './url-report.js'

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

/**
 * Resolves with the reports in the order of the URLs. Shows progress on a terminal. The expiry is observed at one URL, after the
 * check of all.
 */
export async function checkTargets(
  targets: readonly CheckTarget[],
  { timeoutMs, concurrency }: CheckTargetsOptions,
  io: CommandIo,
): Promise<UrlReport[]> {
  const options = { timeoutMs, signal: io.signal }
  const reports: UrlReport[] = []
  const remaining = [...targets.entries()]
  let doneCount = 0
  const showProgress = (text: string) => io.showsProgress && io.printError(`${CLEAR_LINE}${text}`)
  const checkRemaining = async () => {
    for (let next = remaining.shift(); next; next = remaining.shift()) {
      const [index, { url, credentials }] = next
      reports[index] = await checkUrl(url, { ...options, credentials })
      showProgress(`checked ${++doneCount} of ${countUrls(targets.length)}`)
    }
  }
  try {
    if (targets.length > 0) showProgress(`checking ${countUrls(targets.length)}`)
    await Promise.all(Array.from({ length: concurrency }, checkRemaining))
    const relayIndex = reports.findIndex(({ relayedAddress }) => relayedAddress !== undefined)
    const [report, relay] = [reports[relayIndex], targets[relayIndex]]
    if (report && relay?.expiresAt !== undefined) {
      const { url, credentials, expiresAt } = relay
      showProgress(`waiting until the credentials expire at ${new Date(expiresAt).toISOString()}`)
      const { expiry, message } = await checkUrl(url, { ...options, credentials, observeExpiryAt: expiresAt })
      reports[relayIndex] = {
        ...report,
        expiry: expiry ?? { afterExpiry: undefined, message: `inconclusive: ${message}` },
      }
    }
  } finally {
    showProgress('')
  }
  return reports
}

/** Checks several URLs at the same time. */
import type { IceUrl } from 'turnkeeper'
import type { CommandIo } from '../command.js'
import type { TurnCredentials } from '../stun/turn-client.js'
import { type CheckUrlOptions, checkUrl } from './check-url.js'
import { countUrls } from './format-report.js'
import type { UrlReport } from './url-report.js'

/** A URL, and the credentials of its server. */
export interface CheckTarget {
  readonly url: IceUrl
  readonly credentials: TurnCredentials
}

/** How the URLs are checked. */
export interface CheckTargetsOptions extends Omit<CheckUrlOptions, 'credentials'> {
  /** How many at a time. */
  readonly concurrency: number
  readonly io: CommandIo
}

/** Resolves with the reports in the order of the URLs. Shows progress on a terminal. */
export async function checkTargets(
  targets: readonly CheckTarget[],
  { concurrency, io, ...options }: CheckTargetsOptions,
): Promise<UrlReport[]> {
  const reports: UrlReport[] = []
  const remaining = [...targets.entries()]
  let doneCount = 0
  const showProgress = (text: string) => io.showsProgress && io.printError(`\r\x1b[K${text}`)
  const checkRemaining = async () => {
    for (let next = remaining.shift(); next; next = remaining.shift()) {
      const [index, { url, credentials }] = next
      reports[index] = await checkUrl(url, { ...options, credentials })
      showProgress(`checked ${++doneCount} of ${countUrls(targets.length)}`)
    }
  }
  if (targets.length > 0)
    showProgress(explainWait(options.observeExpiryAt) ?? `checking ${countUrls(targets.length)}`)
  try {
    await Promise.all(Array.from({ length: Math.min(concurrency, targets.length) }, checkRemaining))
  } finally {
    showProgress('')
  }
  return reports
}

function explainWait(expiresAt: number | undefined): string | undefined {
  if (expiresAt === undefined) return undefined
  return `waiting until the credentials expire at ${new Date(expiresAt).toISOString()}`
}

/** Compares attached with unattached calls, and writes docs/interoperability.md. */
import { writeFile } from 'node:fs/promises'
import type { EchoCallResult } from './echo-call.js'

/** One combination of browser, remote peer and TURN server. */
export interface InteroperabilityRow {
  readonly browser: string
  readonly peer: string
  readonly server: string
  readonly unattached: EchoCallResult
  readonly attached: EchoCallResult
}

const DOCUMENT = new URL('../../docs/interoperability.md', import.meta.url)

const INTRODUCTION = `# Interoperability

This page compares attached with unattached connections, for several remote peers and TURN servers. \`npm run test:field\` writes it: it
makes the same call twice at the same time, relay only, with credentials that are valid for 30 s, an unreliable data channel and one
message every 40 ms, which the remote peer sends back. A message is lost if it or its echo is. A combination in which the attached
call is worse, also when it is repeated once, fails the tests.

"Drops" is a TURN server that deletes allocations when their credentials expire, as Cloudflare does. coturn keeps them. Without an
ICE restart no call outlives a server that drops, so a remote peer that cannot restart ICE needs [a new
connection](live-connections.md) there. With "external-ip" the server reports relay addresses at which the remote peer does not see it.
`

/**
 * Whether it is known that the attached call can be worse. Firefox loses a call if the TURN server has no room for the
 * new allocation beside the old one, and the remote peer has answered the offer.
 */
export function isKnownLimit({ browser, server }: InteroperabilityRow): boolean {
  return browser === 'firefox' && server === 'coturn, user-quota'
}

/** Returns in which respects the attached call is worse than the unattached one. */
export function findHarm(row: InteroperabilityRow): string[] {
  const { unattached, attached } = row
  const lost = ({ sent, received }: EchoCallResult) => sent - received
  const completed = attached.restarts.filter((restart) => restart.endsWith('completed')).length
  const tolerated = toleratedPerRestart(row) * completed
  const harm = [
    [unattached.isAlive && !attached.isAlive, 'the attached call ended'],
    [
      unattached.isAlive && lost(attached) > lost(unattached) + tolerated,
      `${lost(attached)} messages were lost`,
    ],
    [
      unattached.isAlive && unattached.canNegotiate && !attached.canNegotiate,
      'the app cannot negotiate any more',
    ],
    [
      lost(attached) > tolerated && !unattached.isAlive && !attached.isReportedInTime,
      `${lost(attached)} messages were lost, and nothing was reported before the expiry`,
    ],
    [
      attached.replacements > 0 && lost(attached) > 0,
      `${lost(attached)} messages were lost in spite of new connections`,
    ],
    [!attached.isAlive && !attached.isReportedInTime, 'nothing was reported before the expiry'],
    [
      // Once, and again after a restart that has completed, or by a new connection.
      new Set(attached.errors).size + completed + attached.replacements < attached.errors.length,
      `an error was reported repeatedly: ${attached.errors}`,
    ],
  ] as const
  return harm.flatMap(([isHarmed, description]) => (isHarmed ? [description] : []))
}

/** How many messages a restart may lose. Measured on a busy machine, with eight calls at once. */
function toleratedPerRestart({ browser }: InteroperabilityRow): number {
  // Firefox releases the old allocation as soon as it has switched: messages on their way to it are lost.
  return browser === 'firefox' ? 6 : 0
}

/** Writes the page. */
export async function writeInteroperability(rows: readonly InteroperabilityRow[]): Promise<void> {
  const header = ['Browser', 'Remote peer', 'TURN server', 'Unattached', 'Attached', 'Restarts', 'Reported']
  const table = [header, header.map(() => '---'), ...rows.map(describeRow)]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n')
  const explanation = `Messages received of those sent, and the longest gap between two of them. Restarts: requested and completed. "Known limit": the
attached call is worse, and no remedy within the library is known. There, \`afterExpiry: 'keep'\` or a larger quota avoids it.`
  await writeFile(DOCUMENT, `${INTRODUCTION}\n${explanation}\n\n${table}\n`)
}

function describeRow(row: InteroperabilityRow): string[] {
  const { browser, peer, server, unattached, attached } = row
  const reported = new Set(attached.errors.map((error) => error.split(' ')[0]))
  const limit = findHarm(row).length > 0 ? ['known limit'] : []
  return [
    browser,
    peer,
    server,
    describeTraffic(unattached),
    describeTraffic(attached),
    describeRestarts(attached),
    [...reported, ...limit].join(', ') || '–',
  ]
}

function describeTraffic({ sent, received, longestGapMs, isAlive }: EchoCallResult): string {
  return `${received}/${sent}, ${isAlive ? `${longestGapMs} ms` : 'connection lost'}`
}

function describeRestarts({ restarts }: EchoCallResult): string {
  const count = (status: string) => restarts.filter((restart) => restart.endsWith(status)).length
  return `${count('requested')}, ${count('completed')}`
}

/** Explains why a connection does not work, or how it sends, from what is known of it. */
import type { AttachableConnection } from '../attachable-connection.js'
import type { ConnectionExplanation } from '../connection-explanation.js'
import { type ConnectionStats, readStats } from '../connection-stats.js'
import { assertOption } from '../option-checks.js'
import type { RestartReport } from '../restart-report.js'
import { isObject } from '../type-guards.js'
import { readFacts } from './connection-facts.js'
import { readPath } from './connection-path.js'
import { diagnose } from './diagnose.js'

/**
 * Explains why a connection does not work, or how it sends: from its states, descriptions, configuration and stats, and from
 * the events that the library has observed while it was attached. Makes no connection and changes nothing.
 *
 * Attach a connection before it gathers: no browser keeps `icecandidateerror` events, so without them a rejection of the
 * credentials looks like a missing candidate, and `missing` contains `events`.
 *
 * @throws TypeError if `connection` is not an object.
 *
 * @example
 * ```ts
 * const { verdict, message, relayed, relayUrl } = await explain(pc)
 * console.info(verdict === 'connected' ? { relayed, relayUrl } : message)
 * ```
 * @group Diagnostics
 */
export async function explain(connection: AttachableConnection): Promise<ConnectionExplanation> {
  assertOption(isObject(connection), 'explain()', 'connection', 'an RTCPeerConnection', connection)
  return explainWith(connection, await readStats(connection))
}

/** Explains a connection at this moment, without its stats. */
export function explainNow(connection: AttachableConnection): ConnectionExplanation {
  return explainWith(connection, new Map())
}

/** Returns the report of a restart, with an explanation if it has failed. */
export function withExplanation(report: RestartReport): RestartReport {
  return report.status === 'failed' ? { ...report, explanation: explainNow(report.connection) } : report
}

function explainWith(connection: AttachableConnection, stats: ConnectionStats): ConnectionExplanation {
  const { facts, missing, restartMessage } = readFacts(connection, stats)
  return { ...diagnose(facts, restartMessage), facts, missing, ...readPath(stats, facts.turnUrls) }
}

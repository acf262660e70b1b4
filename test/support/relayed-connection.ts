/** Connections with the stats of relayed candidate pairs, as browsers return them. */
import { RelayMeter, type RelayMeterOptions } from '../../src/index.js'
import { createFakeConnection } from './fake-connection.js'
import { advance } from './time.js'

export const TURN = 'turn:t.org:3478?transport=udp'

/** A candidate pair that is relayed unless `local` says otherwise. */
export interface PairOptions {
  readonly id?: string
  readonly bytesSent?: number
  readonly bytesReceived?: number
  readonly isSelected?: boolean
  /** Members of the local candidate. */
  readonly local?: Readonly<Record<string, unknown>>
}

const pairEntries = ({ id = 'P1', bytesSent, bytesReceived, local }: PairOptions) => [
  { id, type: 'candidate-pair', localCandidateId: `L-${id}`, bytesSent, bytesReceived },
  { id: `L-${id}`, type: 'local-candidate', candidateType: 'relay', relayProtocol: 'udp', ...local },
]

const transportsOf = (pairs: readonly PairOptions[]) =>
  pairs
    .filter(({ isSelected }) => isSelected !== false)
    .map(({ id = 'P1' }) => ({ id: `T-${id}`, type: 'transport', selectedCandidatePairId: id }))

/** Chromium: the candidate has the URL of its server. */
export const chromiumStats = (...pairs: readonly PairOptions[]) => [
  ...transportsOf(pairs),
  ...pairs.flatMap((pair) => pairEntries({ ...pair, local: { url: TURN, ...pair.local } })),
]

/** Firefox: the candidate has no URL. */
export const firefoxStats = (...pairs: readonly PairOptions[]) => [
  ...transportsOf(pairs),
  ...pairs.flatMap(pairEntries),
]

/** Firefox 140 ESR: no transports, but a mark on the selected pair. */
export const firefoxEsrStats = (...pairs: readonly PairOptions[]) =>
  pairs.flatMap((options) => {
    const [pair, ...others] = pairEntries(options)
    return [{ ...pair, selected: options.isSelected !== false }, ...others]
  })

export type Stats = ReturnType<typeof chromiumStats>

/** Creates a connection whose stats a test sets. */
export function createRelayedConnection(stats: readonly object[] = chromiumStats({}), urls = [TURN]) {
  const iceServers = [{ urls, username: 'secret-user', credential: 'secret-password' }]
  const connection = Object.assign(createFakeConnection({ iceServers }), {
    stats,
    readings: 0,
    getStats: async () => {
      connection.readings++
      const entries = connection.stats as { id: string }[]
      return new Map(entries.map((entry) => [entry.id, entry]))
    },
  })
  return connection
}

/** Watches a connection whose pair has carried this much, after the first reading. Needs the fake clock. */
export async function watchRelay(pair: PairOptions, options: RelayMeterOptions = {}) {
  const meter = new RelayMeter(undefined, options)
  const pc = createRelayedConnection(chromiumStats(pair))
  const unwatch = meter.watch(pc)
  await advance(0)
  return { meter, pc, unwatch }
}

import type { AttachableConnection } from './attachable-connection.js'

interface Stats {
  readonly id: string
  readonly candidateType?: string
  readonly localCandidateId?: string
  readonly selectedCandidatePairId?: string
}

/**
 * Tells whether any transport of a connected connection sends through a relay of its own; without bundling there
 * are several. Where that cannot be told, the answer is yes: better a needless ICE restart than a dead call.
 */
export async function isRelayed(connection: AttachableConnection): Promise<boolean> {
  const stats = new Map<string | undefined, Stats>()
  try {
    const report = await connection.getStats?.()
    report?.forEach((entry) => void stats.set((entry as Stats).id, entry as Stats))
  } catch {
    // It may have been closed meanwhile.
  }
  const pairs = [...stats.values()].flatMap(
    ({ selectedCandidatePairId }) => stats.get(selectedCandidatePairId) ?? [],
  )
  const isRelay = (pair: Stats) => stats.get(pair.localCandidateId)?.candidateType === 'relay'
  return pairs.length === 0 || pairs.some(isRelay)
}

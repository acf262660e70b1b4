import type { AttachableConnection } from '../attachable-connection.js'

interface Stats {
  readonly id: string
  readonly candidateType?: string
  readonly usernameFragment?: string
  readonly localCandidateId?: string
  readonly selectedCandidatePairId?: string
}

/**
 * Gives the local candidates that a connection sends from: one a transport, and without bundling there are several.
 * None before it is connected, and where that cannot be told.
 */
export async function selectedCandidates(connection: AttachableConnection): Promise<readonly Stats[]> {
  const stats = new Map<string | undefined, Stats>()
  try {
    const report = await connection.getStats?.()
    report?.forEach((entry) => void stats.set((entry as Stats).id, entry as Stats))
  } catch {
    // It may have been closed meanwhile.
  }
  return [...stats.values()].flatMap(({ selectedCandidatePairId }) => {
    const pair = stats.get(selectedCandidatePairId)
    return stats.get(pair?.localCandidateId) ?? []
  })
}

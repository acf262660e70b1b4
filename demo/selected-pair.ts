/** Reads the selected candidate pair of a connection. */

export interface Candidate {
  readonly candidateType: string
  readonly port: number
}

/** Resolves with the selected local and remote candidate; with an empty list while there is none. */
export async function readSelectedPair(pc: RTCPeerConnection): Promise<Candidate[]> {
  const stats = [...(await pc.getStats()).values()]
  const byId = (id: unknown) => stats.find((entry) => entry.id === id)
  const pair =
    byId(stats.find((entry) => entry.type === 'transport')?.selectedCandidatePairId) ??
    stats.find((entry) => entry.type === 'candidate-pair' && entry.nominated && entry.state === 'succeeded')
  return [pair?.localCandidateId, pair?.remoteCandidateId].map(byId).filter(Boolean)
}

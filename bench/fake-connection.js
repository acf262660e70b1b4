/**
 * A stand-in for an `RTCPeerConnection` that is connected over a relay. Unlike the one of the tests it keeps no record
 * of calls, which would count as a leak.
 *
 * @returns {import('turnkeeper').AttachableConnection}
 */
export function createFakeConnection() {
  const target = new EventTarget()
  let configuration = { iceTransportPolicy: 'relay' }
  const stats = [
    { id: 'T', selectedCandidatePairId: 'P' },
    { id: 'P', localCandidateId: 'L' },
    { id: 'L', candidateType: 'relay' },
  ]
  return {
    signalingState: 'stable',
    iceConnectionState: 'connected',
    localDescription: { sdp: 'v=0\r\na=ice-ufrag:u1\r\na=ice-pwd:p\r\n' },
    getConfiguration: () => ({ ...configuration }),
    setConfiguration(next) {
      configuration = next
    },
    restartIce() {},
    getStats: async () => new Map(stats.map((entry) => [entry.id, entry])),
    addEventListener: (type, listener) => target.addEventListener(type, listener),
    removeEventListener: (type, listener) => target.removeEventListener(type, listener),
  }
}

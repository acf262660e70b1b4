/**
 * Creates a stand-in for an `RTCPeerConnection` that is connected, through a relay or directly. It keeps no record of
 * calls, which `bench/` would count as a leak. Plain JavaScript, because Node 20 runs `bench/` without a compiler.
 *
 * @param {RTCConfiguration} [configuration]
 * @param {string} [candidateType] - Type of the selected local candidate.
 */
export function createFakeConnection(configuration = {}, candidateType = 'relay') {
  let current = configuration
  let descriptions = 1
  let previousDescription = null
  const target = new EventTarget()
  const fire = (type, members = {}) => target.dispatchEvent(Object.assign(new Event(type), members))
  const readStats = () => [
    { id: 'T', type: 'transport', selectedCandidatePairId: 'P' },
    {
      id: 'P',
      type: 'candidate-pair',
      localCandidateId: 'L',
      timestamp: Date.now(),
      lastPacketReceivedTimestamp: connection.receivedAt,
    },
    { id: 'L', type: 'local-candidate', candidateType },
  ]
  const connection = {
    /** @type {RTCSignalingState} */
    signalingState: 'stable',
    /** @type {RTCIceConnectionState} */
    iceConnectionState: 'connected',
    /** @type {{ sdp: string } | null} */
    localDescription: { sdp: 'v=0\r\na=ice-ufrag:u1\r\na=ice-pwd:p\r\n' },
    /** When the last packet arrived, in epoch ms. @type {number | undefined} */
    receivedAt: undefined,
    getConfiguration: () => ({ ...current }),
    /** @param {RTCConfiguration} [next] */
    setConfiguration(next = {}) {
      current = next
    },
    restartIce() {},
    /** @returns {Promise<Map<string, { id: string }>>} */
    getStats: async () => new Map(readStats().map((entry) => [entry.id, entry])),
    /** @type {(type: string, listener: (event: Event) => void) => void} */
    addEventListener: (type, listener) => target.addEventListener(type, listener),
    /** @type {(type: string, listener: (event: Event) => void) => void} */
    removeEventListener: (type, listener) => target.removeEventListener(type, listener),

    /** Sets a local offer with new candidates, as for an ICE restart. */
    offer() {
      previousDescription = connection.localDescription
      connection.localDescription = { sdp: `v=0\r\na=ice-ufrag:u${++descriptions}\r\n` }
      connection.signalingState = 'have-local-offer'
      fire('signalingstatechange')
    },
    /** Discards the local offer. */
    rollBack() {
      connection.localDescription = previousDescription
      connection.signalingState = 'stable'
      fire('signalingstatechange')
    },
    /** Sets a local offer with new candidates, and applies the answer of the remote peer. */
    negotiate() {
      connection.offer()
      connection.signalingState = 'stable'
      fire('signalingstatechange')
    },
    /** @param {RTCIceConnectionState} state */
    changeIceState(state) {
      connection.iceConnectionState = state
      fire('iceconnectionstatechange')
    },
    /**
     * @param {string} url
     * @param {number} [errorCode]
     */
    rejectCredentials(url, errorCode = 401) {
      fire('icecandidateerror', { url, errorCode })
    },
    /** @returns {import('turnkeeper').RTCIceServer[] | undefined} */
    get iceServers() {
      return /** @type {import('turnkeeper').RTCIceServer[] | undefined} */ (current.iceServers)
    },
  }
  return connection
}

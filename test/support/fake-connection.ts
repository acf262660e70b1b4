import { vi } from 'vitest'
import type { AttachableConnection, RTCIceServer } from '../../src/index.js'

/** A stand-in for an `RTCPeerConnection` that is connected, over a relay or not. */
export function fakeConnection(configuration: RTCConfiguration = {}, candidateType = 'relay') {
  let current = configuration
  let gatherings = 1
  const target = new EventTarget()
  const fire = (type: string, members = {}) => target.dispatchEvent(Object.assign(new Event(type), members))
  const stats = [
    { id: 'T', type: 'transport', selectedCandidatePairId: 'P' },
    { id: 'P', type: 'candidate-pair', localCandidateId: 'L' },
    { id: 'L', type: 'local-candidate', candidateType },
  ]
  const connection = {
    signalingState: 'stable' as RTCSignalingState,
    iceConnectionState: 'connected' as RTCIceConnectionState,
    localDescription: { sdp: 'v=0\r\na=ice-ufrag:u1\r\na=ice-pwd:p\r\n' } as { sdp: string } | null,
    getConfiguration: () => ({ ...current }),
    setConfiguration: vi.fn((next?: RTCConfiguration) => {
      current = next ?? {}
    }),
    restartIce: vi.fn(),
    getStats: async () => new Map<string, { id: string }>(stats.map((entry) => [entry.id, entry])),
    addEventListener: (type: string, listener: (event: Event) => void) =>
      target.addEventListener(type, listener),
    removeEventListener: (type: string, listener: (event: Event) => void) =>
      target.removeEventListener(type, listener),

    /** What the app does after `negotiationneeded`. */
    gather() {
      connection.localDescription = { sdp: `v=0\r\na=ice-ufrag:u${++gatherings}\r\n` }
      fire('signalingstatechange')
    },
    become(state: RTCIceConnectionState) {
      connection.iceConnectionState = state
      fire('iceconnectionstatechange')
    },
    refuse(url: string, errorCode = 401) {
      fire('icecandidateerror', { url, errorCode })
    },
    get iceServers(): RTCIceServer[] | undefined {
      return current.iceServers as RTCIceServer[]
    },
  }
  return connection satisfies AttachableConnection
}

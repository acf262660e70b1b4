/** A relay-only call between two connections in one page. */

export interface LoopbackCall {
  readonly caller: RTCPeerConnection
  readonly callee: RTCPeerConnection
  close(): void
}

/** Starts a call that sends a stream through the TURN server back to the same page. */
export function startLoopbackCall(
  iceServers: RTCIceServer[],
  stream: MediaStream,
  onTrack: (stream: MediaStream) => void,
  onError: (error: Error) => void,
): LoopbackCall {
  const configuration: RTCConfiguration = { iceServers, iceTransportPolicy: 'relay' }
  const caller = new RTCPeerConnection(configuration)
  const callee = new RTCPeerConnection(configuration)
  connectLoopback(caller, callee, stream, onTrack, onError)
  return {
    caller,
    callee,
    close() {
      caller.close()
      callee.close()
    },
  }
}

/** Connects two new connections in one page: the signaling of a loopback call. */
export function connectLoopback(
  caller: RTCPeerConnection,
  callee: RTCPeerConnection,
  stream: MediaStream,
  onTrack: (stream: MediaStream) => void,
  onError: (error: Error) => void,
): void {
  const sendCandidates = (from: RTCPeerConnection, to: RTCPeerConnection) =>
    from.addEventListener('icecandidate', ({ candidate }) => {
      if (to.signalingState !== 'closed') to.addIceCandidate(candidate ?? undefined).catch(onError)
    })
  sendCandidates(caller, callee)
  sendCandidates(callee, caller)

  const negotiate = async () => {
    await caller.setLocalDescription()
    if (caller.localDescription) await callee.setRemoteDescription(caller.localDescription)
    await callee.setLocalDescription()
    if (callee.localDescription) await caller.setRemoteDescription(callee.localDescription)
  }
  let lastNegotiation = Promise.resolve()
  caller.addEventListener('negotiationneeded', () => {
    lastNegotiation = lastNegotiation.then(negotiate).catch(onError)
  })
  callee.addEventListener('track', ({ streams: [received] }) => received && onTrack(received))
  for (const track of stream.getTracks()) caller.addTrack(track, stream)
}

/** Both ends of a relay-only call in one page. */
export interface LoopbackCall {
  readonly caller: RTCPeerConnection
  readonly callee: RTCPeerConnection
  close(): void
}

/** Starts a call that sends a stream to itself through the TURN server. */
export function startLoopbackCall(
  iceServers: RTCIceServer[],
  stream: MediaStream,
  onTrack: (stream: MediaStream) => void,
  onError: (error: Error) => void,
): LoopbackCall {
  const configuration: RTCConfiguration = { iceServers, iceTransportPolicy: 'relay' }
  const caller = new RTCPeerConnection(configuration)
  const callee = new RTCPeerConnection(configuration)
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
  let negotiating = Promise.resolve()
  caller.addEventListener('negotiationneeded', () => {
    negotiating = negotiating.then(negotiate).catch(onError)
  })
  callee.addEventListener('track', ({ streams: [received] }) => received && onTrack(received))
  for (const track of stream.getTracks()) caller.addTrack(track, stream)

  return {
    caller,
    callee,
    close() {
      caller.close()
      callee.close()
    },
  }
}

/** What one end of a call knows of it. */
export interface Measurement {
  /** Kinds and ports of the candidates in use. */
  readonly path: string
  readonly frames: number
  readonly bytes: number
  /** Of the last check; not every browser tells. */
  readonly roundTripMs: number | null
}

/** Reads the statistics of the receiving end. */
export async function measure({ callee, caller }: LoopbackCall): Promise<Measurement> {
  const stats = [...(await callee.getStats()).values()]
  const byId = (id: unknown) => stats.find((entry) => entry.id === id)
  const transport = stats.find((entry) => entry.type === 'transport')
  const pair =
    byId(transport?.selectedCandidatePairId) ??
    stats.find((entry) => entry.type === 'candidate-pair' && entry.nominated && entry.state === 'succeeded')
  const ends = [pair?.localCandidateId, pair?.remoteCandidateId].map(byId)
  const path = ends.map((end) => (end ? `${end.candidateType} :${end.port}` : '–'))
  const video = stats.find((entry) => entry.type === 'inbound-rtp' && entry.kind === 'video')
  const seconds = pair?.currentRoundTripTime ?? (await reportedRoundTrip(caller))
  return {
    path: path.join(' ↔ '),
    frames: video?.framesDecoded ?? 0,
    bytes: video?.bytesReceived ?? 0,
    roundTripMs: seconds === undefined ? null : seconds * 1000,
  }
}

/** What the other end reported of the video (RTCP). */
async function reportedRoundTrip(sender: RTCPeerConnection): Promise<number | undefined> {
  const stats = [...(await sender.getStats()).values()]
  return stats.find((entry) => entry.type === 'remote-inbound-rtp')?.roundTripTime
}

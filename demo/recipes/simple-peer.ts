/** A simple-peer connection whose credentials are kept current. */
import SimplePeer from 'simple-peer/simplepeer.min.js'
import type { IceServerProvider } from 'turnkeeper'

/** A peer with the members that its types lack. */
export interface NegotiablePeer extends SimplePeer.Instance {
  readonly _pc: RTCPeerConnection
  negotiate(): void
}

/** Starts one peer of a call. */
export async function startPeer(
  provider: IceServerProvider,
  options: SimplePeer.Options = {},
): Promise<NegotiablePeer> {
  const peer = new SimplePeer({
    ...options,
    config: { ...options.config, iceServers: await provider.getIceServers() },
  }) as NegotiablePeer
  const detach = provider.attach(peer._pc, {
    restartIce(pc) {
      pc.restartIce()
      peer.negotiate() // simple-peer does not listen to `negotiationneeded`
    },
  })
  return peer.once('close', detach)
}

/** Handles a signal of the remote peer. Call it instead of `peer.signal()`. */
export function receive(peer: NegotiablePeer, signal: SimplePeer.SignalData): void {
  // Only the initiator makes offers, so one that the remote peer requests must restart ICE for both. An offer that is
  // already being negotiated does so anyway.
  if (signal.type === 'renegotiate' && peer._pc.signalingState === 'stable') peer._pc.restartIce()
  peer.signal(signal)
}

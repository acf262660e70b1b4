import SimplePeer from 'simple-peer/simplepeer.min.js'
import type { IceServerProvider } from 'turnkeeper'

/** A peer with what its types leave out. */
export interface FreshPeer extends SimplePeer.Instance {
  readonly _pc: RTCPeerConnection
  negotiate(): void
}

/** Starts one end of a call whose credentials are kept fresh. */
export async function startPeer(
  provider: IceServerProvider,
  options: SimplePeer.Options = {},
): Promise<FreshPeer> {
  const peer = new SimplePeer({
    ...options,
    config: { ...options.config, iceServers: await provider.getIceServers() },
  }) as FreshPeer
  const detach = provider.attach(peer._pc, {
    restartIce(pc) {
      pc.restartIce()
      peer.negotiate() // simple-peer has no ear for `negotiationneeded`
    },
  })
  return peer.once('close', detach)
}

/** Takes in a signal of the other end, in place of `peer.signal()`. */
export function receive(peer: FreshPeer, signal: SimplePeer.SignalData): void {
  // All offers are the initiator's: one that the other end asks for has to renew both. One under way does so already.
  if (signal.type === 'renegotiate' && peer._pc.signalingState === 'stable') peer._pc.restartIce()
  peer.signal(signal)
}

import SimplePeer from 'simple-peer/simplepeer.min.js'
import type { IceServerProvider } from 'turnkeeper'

/** What a peer has beside what its types tell. */
interface PeerInternals {
  readonly _pc: RTCPeerConnection
  negotiate(): void
}

/** Starts one end of a call whose credentials are kept fresh. */
export async function startPeer(
  provider: IceServerProvider,
  options: SimplePeer.Options = {},
): Promise<SimplePeer.Instance> {
  const peer = new SimplePeer({
    ...options,
    config: { ...options.config, iceServers: await provider.getIceServers() },
    // All offers are the initiator's: with this, one that the other end asks for renews both ends.
    offerOptions: { ...options.offerOptions, iceRestart: true },
  }) as SimplePeer.Instance & PeerInternals
  // simple-peer has no ear for `negotiationneeded`, so `pc.restartIce()` alone would do nothing.
  const detach = provider.attach(peer._pc, { restartIce: () => peer.negotiate() })
  return peer.once('close', detach)
}

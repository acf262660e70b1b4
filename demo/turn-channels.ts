/** Channels for node-turn, which does not sign its responses to ChannelBind and drops the ChannelData of clients. */
import type { RemoteInfo } from 'node:dgram'
import type { Allocation, default as NodeTurn } from 'node-turn'
import ChannelMessage from 'node-turn/lib/channelMessage.js'

/** A channel that is not refreshed expires after this time (RFC 8656 §12). */
const CHANNEL_LIFETIME_MS = 600_000

/** The channel number and the length of the data (RFC 8656 §12.4). */
const HEADER_LENGTH = 4

/** Makes a server that has been started relay the data of channels in both directions (RFC 8656 §12). */
export function relayChannels(server: NodeTurn): void {
  server.prependListener('channel_bind', (request, reply) => {
    const channel = request.getAttribute('channel-number')
    const resolve = reply.resolve.bind(reply)
    reply.resolve = () => {
      reply.addAttribute('message-integrity') // clients ignore a response without it
      resolve()
      if (channel !== undefined) expireChannel(request.allocation, channel)
    }
  })
  for (const socket of server.network.sockets) {
    socket.on('message', (packet, client) => relayToPeer(server, packet, client))
  }
  // node-turn unwraps data of a peer that looks like ChannelData, and throws if the data is shorter than a header.
  ChannelMessage.prototype.read = () => false
}

/** Removes a channel that is not refreshed, which node-turn never does. A refresh replaces the address of its peer. */
function expireChannel({ channelBindings }: Allocation, channel: number): void {
  const peer = channelBindings[channel]
  setTimeout(() => {
    if (channelBindings[channel] === peer) delete channelBindings[channel]
  }, CHANNEL_LIFETIME_MS).unref()
}

/** Relays a ChannelData message. Ignores every other packet, because node-turn handles STUN messages. */
function relayToPeer(server: NodeTurn, packet: Buffer, client: RemoteInfo): void {
  if (packet.length < HEADER_LENGTH) return
  const dataEnd = HEADER_LENGTH + packet.readUInt16BE(2) // padding can follow
  const allocation = Object.values(server.allocations).find(
    ({ mappedAddress }) => mappedAddress.address === client.address && mappedAddress.port === client.port,
  )
  // STUN messages begin with two zero bits, and no channel has such a number.
  const peer = allocation?.channelBindings[packet.readUInt16BE(0)]
  if (!allocation || !peer || dataEnd > packet.length) return
  if ((allocation.permissions[peer.address] ?? 0) < Date.now()) return
  allocation.sockets[0].send(packet.subarray(HEADER_LENGTH, dataEnd), peer.port, peer.address)
}

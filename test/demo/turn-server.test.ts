/** The embedded TURN server: its allocations and their channels (RFC 8656). */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { readErrorCode } from '../../src/cli/stun/attributes.js'
import {
  encodeChannelData,
  openChannelClient,
  openSocket,
  peerOnLoopback,
} from '../support/channel-client.js'
import { startTurn } from '../support/checked-turn.js'
import { MINUTE } from '../support/time.js'
import { wait } from '../support/wait.js'

const CHANNEL = 0x4001
const DATA_INDICATION = 0x0017

/** Starts a server, a client and a peer, and binds a channel of the client to the peer. */
async function bindChannel(options: Parameters<typeof startTurn>[0] = {}) {
  const turn = await startTurn(options)
  const client = await openChannelClient(turn)
  const peer = await openSocket()
  const address = peerOnLoopback(peer.port)
  const response = await client.bind(CHANNEL, address)
  return {
    ...client,
    turn,
    response,
    peer,
    permit: () => client.permit(address),
    bind: () => client.bind(CHANNEL, address),
    sendToPeer: (text: string) => client.send(encodeChannelData(CHANNEL, Buffer.from(text))),
    sendToClient: (text: string) => peer.send(Buffer.from(text), client.relayedPort),
  }
}

describe('the embedded TURN server', () => {
  it('signs its response to ChannelBind, because clients ignore it otherwise', async () => {
    const { response, key, bind } = await bindChannel()
    expect(response.isSuccess).toBe(true)
    expect(response.hasIntegrity(key)).toBe(true)
    expect((await bind()).hasIntegrity(key)).toBe(true)
  })

  it.each([0, 1, 2, 3, 4, 5, 1200])('relays %i bytes over a channel in both directions', async (length) => {
    const { peer, send, next, relayedPort } = await bindChannel()
    const data = Buffer.alloc(length, 'data')
    const padded = encodeChannelData(CHANNEL, data)
    for (const message of [padded, padded.subarray(0, 4 + length)]) {
      send(message)
      expect(await peer.next()).toEqual(data)
    }
    peer.send(data, relayedPort)
    expect(await next()).toEqual(padded)
  })

  it('relays data of a peer that looks like ChannelData as it is', async () => {
    const { peer, next, relayedPort } = await bindChannel()
    for (const channel of [CHANNEL, CHANNEL + 1]) {
      const data = encodeChannelData(channel, Buffer.from('data'))
      peer.send(data, relayedPort)
      expect(await next()).toEqual(encodeChannelData(CHANNEL, data))
    }
  })

  it('ignores truncated ChannelData, unbound channels, other clients and IPv6 peers', async () => {
    const turn = await startTurn()
    const [client, other] = [await openChannelClient(turn), await openChannelClient(turn)]
    const peer = await openSocket()
    const onLoopback = peerOnLoopback(peer.port)
    const onIpv6 = [onLoopback[0], Buffer.concat([Buffer.from([0, 2]), Buffer.alloc(18)])] as const
    await client.bind(CHANNEL, onLoopback)
    await client.bind(CHANNEL + 1, onIpv6)
    const data = Buffer.from('ignored')
    client.send(encodeChannelData(CHANNEL, data).subarray(0, 10))
    client.send(encodeChannelData(CHANNEL, data).subarray(0, 3))
    client.send(Buffer.alloc(0))
    client.send(encodeChannelData(CHANNEL + 1, data))
    client.send(encodeChannelData(CHANNEL + 2, data))
    other.send(encodeChannelData(CHANNEL, data))
    client.send(encodeChannelData(CHANNEL, Buffer.from('relayed')))
    expect(await peer.next()).toEqual(Buffer.from('relayed'))
  })

  it('relays nothing over a channel without a permission, and removes the channel when it expires', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const { peer, next, permit, bind, sendToPeer, sendToClient } = await bindChannel({
      allocationSeconds: 3600,
    })
    vi.advanceTimersByTime(9 * MINUTE)
    sendToPeer('without a permission')
    await permit()
    sendToPeer('permitted')
    expect(await peer.next()).toEqual(Buffer.from('permitted'))
    await bind()
    vi.advanceTimersByTime(4 * MINUTE)
    sendToClient('refreshed')
    expect(await next()).toEqual(encodeChannelData(CHANNEL, Buffer.from('refreshed')))
    vi.advanceTimersByTime(7 * MINUTE)
    await permit()
    sendToPeer('expired')
    sendToClient('expired')
    expect((await next()).readUInt16BE(0)).toBe(DATA_INDICATION)
    await bind()
    sendToPeer('bound again')
    expect(await peer.next()).toEqual(Buffer.from('bound again'))
  })

  it('keeps an allocation whose Allocate request arrives again', async () => {
    const { turn, next, send, allocateRequest, bind, sendToClient } = await bindChannel()
    send(allocateRequest)
    await bind()
    expect(turn.allocatedUsernames()).toHaveLength(1)
    sendToClient('relayed')
    expect(await next()).toEqual(encodeChannelData(CHANNEL, Buffer.from('relayed')))
  })

  it('rejects a second Allocate request of a client with a signed error 437, and keeps its allocation', async () => {
    const { key, turn, next, allocateAgain, sendToClient } = await bindChannel()
    const response = await allocateAgain()
    expect(response.isSuccess).toBe(false)
    expect(readErrorCode(response)).toMatchObject({ code: 437 })
    expect(response.hasIntegrity(key)).toBe(true)
    expect(turn.allocatedUsernames()).toHaveLength(1)
    sendToClient('relayed')
    expect(await next()).toEqual(encodeChannelData(CHANNEL, Buffer.from('relayed')))
  })

  it('ignores ChannelData while it is silent', async () => {
    const { turn, peer, sendToPeer } = await bindChannel()
    turn.setSilent(true)
    sendToPeer('ignored')
    await wait(100)
    turn.setSilent(false)
    sendToPeer('relayed')
    expect(await peer.next()).toEqual(Buffer.from('relayed'))
  })

  it.each([
    ['keep', true, 'relayed'],
    ['reject', false, 'relayed'],
    ['drop', false, 'later'],
  ] as const)(
    'treats the channels of expired credentials like their allocation: %s',
    async (atExpiry, isRefreshed, received) => {
      const { turn, peer, bind, sendToPeer } = await bindChannel({ atExpiry })
      turn.revokeAll()
      sendToPeer('relayed')
      expect((await bind()).isSuccess).toBe(isRefreshed)
      peer.send(Buffer.from('later'), peer.port)
      expect(await peer.next()).toEqual(Buffer.from(received))
    },
  )
})

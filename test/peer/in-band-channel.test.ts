/** The in-band channel of one connection, and whether the remote peer has it. */
import { describe, expect, it, vi } from 'vitest'
import { hasDataSection } from '../../src/peer/in-band/channel.js'
import { offerOf, useBrowserConnections } from '../support/fake-browser-connection.js'
import { createEnd, createPair, FakeDataConnection } from '../support/in-band-pair.js'
import { advance, SECOND } from '../support/time.js'

useBrowserConnections()

describe('the in-band channel', () => {
  it('is created beside the first channel of the app, and hidden from its statistics', async () => {
    const { pc, negotiator } = createEnd(0.5, false)
    pc.getStats = async () =>
      new Map(
        [
          { id: 'P', type: 'peer-connection', dataChannelsOpened: 2 },
          { id: 'A', type: 'data-channel', label: 'app' },
          { id: 'B', type: 'data-channel', label: 'turnkeeper' },
          { id: 'C', type: 'other', label: 'turnkeeper' },
        ].map((entry) => [entry.id, entry]),
      ) as never
    expect(pc.channels).toEqual([])
    expect(negotiator.state).toBe('closed')
    pc.createDataChannel('app')
    expect(pc.channels.map(({ label }) => label)).toEqual(['app', 'turnkeeper'])
    expect(pc.inBandChannel?.options).toMatchObject({ negotiated: true, id: 1007 })
    pc.createDataChannel('second')
    expect(pc.channels).toHaveLength(3)
    expect([...(await pc.getStats()).values()]).toEqual([
      { id: 'P', type: 'peer-connection', dataChannelsOpened: 1 },
      { id: 'A', type: 'data-channel', label: 'app' },
      { id: 'C', type: 'other', label: 'turnkeeper' },
    ])
  })

  it('is created by one call, because a browser rejects a second one with the same id', () => {
    const createDataChannel = vi.spyOn(FakeDataConnection.prototype, 'createDataChannel')
    const { pc } = createEnd(0.5, false)
    pc.remoteDescription = { type: 'offer', sdp: 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n' }
    pc.dispatchEvent(new Event('signalingstatechange'))
    expect(pc.inBandChannel).toBeDefined()
    expect(createDataChannel).toHaveBeenCalledOnce()
    createDataChannel.mockRestore()
  })

  it('is created when the remote peer offers a data section', async () => {
    const { pc } = createEnd(0.5, false)
    const { sdp } = offerOf('r2')
    pc.remoteDescription = {
      type: 'offer',
      sdp: `${sdp}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n`,
    }
    pc.dispatchEvent(new Event('signalingstatechange'))
    expect(pc.inBandChannel).toBeDefined()
  })

  it('is missing if the remote peer sends nothing for ten seconds, and found if it does so later', async () => {
    const { pc, negotiator, onMissing } = createEnd(0.5)
    pc.inBandChannel?.open()
    const available = negotiator.isAvailable()
    expect(negotiator.state).toBe('opening')
    expect(onMissing).not.toHaveBeenCalled()
    await advance(10 * SECOND)
    expect(await available).toBe(false)
    expect(onMissing).toHaveBeenCalledOnce()
    pc.inBandChannel?.receive('{"type":"busy","negotiation":"n"}')
    pc.inBandChannel?.receive(JSON.stringify({ type: 'offer', negotiation: 'n', sdp: offerOf('r2').sdp }))
    await advance(0)
    expect(pc.signalingState).toBe('stable')
    expect(pc.inBandChannel?.sent).toHaveLength(1)
    pc.inBandChannel?.receive('{"type":"hello","id":0.1}')
    expect(negotiator.state).toBe('open')
    expect(await negotiator.isAvailable()).toBe(true)
  })

  it('is closed with the negotiations, and the methods of the connection are restored', async () => {
    const { a } = await createPair()
    a.negotiator.stop()
    expect(a.negotiator.state).toBe('closed')
    expect(a.pc.inBandChannel?.readyState).toBe('closed')
    expect(Object.keys(a.pc).filter((name) => typeof Reflect.get(a.pc, name) === 'function')).toEqual([
      'getStats',
    ])
    expect(await a.negotiator.isAvailable()).toBe(false)
  })

  it('is available as soon as the remote peer has sent something', async () => {
    const { pc, negotiator, onMissing } = createEnd(0.5)
    pc.inBandChannel?.open()
    const available = negotiator.isAvailable()
    pc.inBandChannel?.receive('{"type":"hello","id":0.1}')
    expect(await available).toBe(true)
    expect(onMissing).not.toHaveBeenCalled()
  })

  it('stays available if the remote peer has sent something before the channel has opened here', () => {
    const { pc, negotiator } = createEnd(0.5)
    Object.assign(pc.inBandChannel ?? {}, { readyState: 'open' })
    pc.inBandChannel?.receive('{"type":"hello","id":0.1}')
    pc.inBandChannel?.open()
    expect(negotiator.state).toBe('open')
  })

  it('ignores what is not a message', async () => {
    const { a } = await createPair()
    for (const data of ['not JSON', '5', new ArrayBuffer(1), undefined]) a.pc.inBandChannel?.receive(data)
    expect(a.negotiator.state).toBe('open')
  })

  it('is no longer available after the remote peer has closed it', async () => {
    const { a } = await createPair()
    a.pc.inBandChannel?.close()
    expect(a.negotiator.state).toBe('closed')
    expect(await a.negotiator.isAvailable()).toBe(false)
  })

  it('does not prevent the channel of the app if its own id is in use', () => {
    class Connection extends FakeDataConnection {
      override createDataChannel(label = '', options = {}) {
        if (label === 'turnkeeper') throw new DOMException('the id is in use', 'OperationError')
        return super.createDataChannel(label, options)
      }
    }
    const { pc, negotiator } = createEnd(0.5, false, new Connection())
    expect(pc.createDataChannel('app').label).toBe('app')
    expect(negotiator.state).toBe('closed')
  })

  it('is not created any more after the negotiations have been stopped', () => {
    const { pc, negotiator } = createEnd(0.5, false)
    expect(() => negotiator.stop()).not.toThrow()
    pc.remoteDescription = { type: 'offer', sdp: 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n' }
    pc.dispatchEvent(new Event('signalingstatechange'))
    pc.createDataChannel('app')
    expect(pc.inBandChannel).toBeUndefined()
  })
})

describe('hasDataSection', () => {
  it.each([
    ['v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n', true],
    ['v=0\r\nm=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\n', false],
    ['v=0\r\na=x:m=application 9\r\n', false],
    [undefined, false],
  ])('finds data sections that are not rejected: %j', (sdp, expected) => {
    expect(hasDataSection(sdp === undefined ? null : { sdp })).toBe(expected)
  })
})

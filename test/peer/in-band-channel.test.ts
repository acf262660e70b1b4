/** The in-band channel of one connection, and whether the remote peer has it. */
import { describe, expect, it } from 'vitest'
import { offerOf, useBrowserConnections } from '../support/fake-browser-connection.js'
import { createEnd, createPair } from '../support/in-band-pair.js'
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
    ])
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
    await advance(10 * SECOND)
    expect(await available).toBe(false)
    expect(onMissing).toHaveBeenCalledOnce()
    pc.inBandChannel?.receive('{"type":"offer","negotiation":"n","sdp":""}')
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
})

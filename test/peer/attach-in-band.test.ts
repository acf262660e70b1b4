/** `attach()` with the option `inBand`: which restarts go over the channel, and which are left to the app. */
import { describe, expect, it, vi } from 'vitest'
import type { AttachOptions } from '../../src/index.js'
import {
  createAttachedProvider,
  createConnection,
  NEW,
  NEWER,
  SETTLED_MS,
} from '../support/attached-provider.js'
import { ufragOf, useBrowserConnections } from '../support/fake-browser-connection.js'
import { connectInBand, FakeDataConnection } from '../support/in-band-pair.js'
import { advance, SECOND } from '../support/time.js'

useBrowserConnections()

/** Longer than a peer without the channel is waited for. */
const MISSING_MS = 11 * SECOND

/** Attaches a connection with the in-band channel, and counts the offers that are requested from its app. */
async function attachInBand(options: AttachOptions = {}) {
  const created = await createAttachedProvider()
  const reports: string[] = []
  created.provider.on('restart', ({ cause, status }) => reports.push(`${cause} ${status}`))
  const pc = new FakeDataConnection()
  const onNeeded = vi.fn()
  pc.addEventListener('negotiationneeded', onNeeded)
  vi.spyOn(Math, 'random').mockReturnValueOnce(0.9) // the impolite peer, which makes its offer at once
  created.attach(pc, { inBand: 'always', ...options })
  const errors = () => created.onError.mock.calls.map(([{ code, message }]) => `${code}: ${message}`)
  return { ...created, pc, onNeeded, reports, errors }
}

/** Also attaches the connection of the remote peer, which restarts nothing itself, and connects both channels. */
async function attachPair(options: AttachOptions = {}) {
  const created = await attachInBand(options)
  const remote = new FakeDataConnection()
  vi.spyOn(Math, 'random').mockReturnValueOnce(0.1)
  created.attach(remote, { inBand: 'always', restartIce: 'never' })
  connectInBand(created.pc, remote)
  return { ...created, remote }
}

async function attachOpenPair(options: AttachOptions = {}) {
  const created = await attachPair(options)
  created.pc.inBandChannel?.open()
  created.remote.inBandChannel?.open()
  await advance(0)
  return created
}

describe('attach() with inBand and new credentials', () => {
  it('restarts ICE on both peers over the channel, and requests no offer from the app', async () => {
    const { pc, remote, rotate, onNeeded, reports, errors } = await attachOpenPair()
    await rotate()
    await advance(2 * SETTLED_MS)
    expect(pc.offers).toEqual(['u2'])
    expect([pc, remote].map((peer) => ufragOf(peer.currentLocalDescription))).toEqual(['u2', 'u2'])
    expect(pc.iceServers).toEqual(NEW)
    expect(onNeeded).not.toHaveBeenCalled()
    expect(reports).toEqual(['rotation requested', 'rotation completed'])
    expect(errors()).toEqual([])
  })

  it('restarts ICE over the channel after a TURN server has rejected the credentials', async () => {
    const { pc, rotate, onNeeded, reports } = await attachOpenPair()
    pc.dispatchEvent(Object.assign(new Event('icecandidateerror'), { url: 'turn:old', errorCode: 401 }))
    await advance(5)
    await rotate(NEWER)
    await advance(2 * SETTLED_MS)
    expect(reports).toEqual(['rejected requested', 'rejected completed'])
    expect(pc.offers).toEqual(['u2'])
    expect(onNeeded).not.toHaveBeenCalled()
  })

  it('waits until the remote peer has shown that it has the channel', async () => {
    const { pc, remote, rotate, onNeeded, reports } = await attachPair()
    pc.inBandChannel?.open()
    await rotate()
    await advance(SETTLED_MS)
    expect([pc.offers, reports]).toEqual([[], []])
    remote.inBandChannel?.open()
    await advance(2 * SETTLED_MS)
    expect(pc.offers).toEqual(['u2'])
    expect(onNeeded).not.toHaveBeenCalled()
    expect(reports).toEqual(['rotation requested', 'rotation completed'])
  })

  it('requests an offer from the app while the channel is closed', async () => {
    const { rotate, onNeeded, reports } = await attachInBand()
    await rotate()
    await advance(SECOND)
    expect(onNeeded).toHaveBeenCalledOnce()
    expect(reports).toEqual(['rotation requested'])
  })

  it('reports an in-band negotiation that fails', async () => {
    const { pc, rotate, errors } = await attachOpenPair()
    pc.failing.add('createOffer')
    await rotate()
    await advance(SECOND)
    expect(errors()).toEqual([
      'ERR_ICE_RESTART: the ICE restart could not be requested: the in-band negotiation threw; see the cause',
    ])
  })

  it('requests an offer from the app for a lost connection, which cannot carry one', async () => {
    const { pc, rotate, onNeeded, reports } = await attachOpenPair()
    await rotate()
    pc.changeIceState('disconnected')
    await advance(SECOND)
    expect(reports).toEqual(['lost requested'])
    expect(onNeeded).toHaveBeenCalledOnce()
    expect(pc.offers).toEqual([])
  })
})

describe('attach() with inBand and a remote peer without the channel', () => {
  const MESSAGE =
    'ERR_ICE_RESTART: the remote peer does not have the in-band channel, so ICE is restarted only if the connection is lost: attach it with inBand on both peers'

  it('reports it, and restarts ICE only once the connection is lost', async () => {
    const { pc, rotate, onNeeded, reports, errors } = await attachInBand()
    pc.inBandChannel?.open()
    await advance(MISSING_MS)
    expect(errors()).toEqual([MESSAGE])
    await rotate()
    await advance(SETTLED_MS)
    expect(reports).toEqual([])
    pc.changeIceState('disconnected')
    await advance(SECOND)
    expect(reports).toEqual(['lost requested'])
    expect(onNeeded).toHaveBeenCalledOnce()
  })

  it('requests nothing for servers that changed while the channel was opening', async () => {
    const { pc, rotate, onNeeded, reports, errors } = await attachInBand()
    pc.inBandChannel?.open()
    await rotate()
    await advance(MISSING_MS)
    expect(errors()).toEqual([MESSAGE])
    expect([pc.offers, reports]).toEqual([[], []])
    expect(onNeeded).not.toHaveBeenCalled()
  })

  it('leaves a lost connection alone if its policy is never', async () => {
    const { pc, rotate, onNeeded } = await attachInBand({ restartIce: 'never' })
    pc.inBandChannel?.open()
    await advance(MISSING_MS)
    await rotate()
    pc.changeIceState('failed')
    await advance(SETTLED_MS)
    expect(onNeeded).not.toHaveBeenCalled()
  })
})

describe('attach() and the in-band channel', () => {
  const DATA_SECTION = 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n'

  it.each([
    ["'always' without a data section", 'always', false, 1],
    ['true with a data section', true, true, 1],
    ['true without a data section', true, false, 0],
    ['false with a data section', false, true, 0],
  ] as const)('creates the channel of inBand: %s', async (_, inBand, hasDataSection, count) => {
    const { attach, onError } = await createAttachedProvider()
    const pc = new FakeDataConnection()
    if (hasDataSection && pc.localDescription) {
      pc.localDescription = { ...pc.localDescription, sdp: pc.localDescription.sdp + DATA_SECTION }
    }
    attach(pc, { inBand })
    attach(pc, { inBand }) // attached twice, it has one channel
    expect(pc.channels).toHaveLength(count)
    expect(onError).not.toHaveBeenCalled()
  })

  it("reports that inBand needs a connection of the browser's own, and restarts others as without it", async () => {
    const { attach, onError, rotate } = await createAttachedProvider()
    const pc = createConnection()
    attach(pc, { inBand: true })
    expect(onError).toHaveBeenCalledOnce()
    expect(onError.mock.calls[0]?.[0]).toMatchObject({
      code: 'ERR_CONNECTION',
      message: "inBand needs a connection of the browser's own: it is ignored for other stacks and wrappers",
    })
    await rotate()
    await advance(SECOND)
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it.each(['yes', null, ''])('rejects %j as the option inBand', async (inBand) => {
    const { attach } = await createAttachedProvider()
    expect(() => attach(createConnection(), { inBand } as unknown as AttachOptions)).toThrow(
      /^attach\(\): inBand must be a boolean or 'always', got /,
    )
  })
})

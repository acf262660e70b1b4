/** Restarts whose answer is applied only if a TURN server accepts the new credentials. */
import { describe, expect, it, vi } from 'vitest'
import { negotiateRestart } from '../../src/peer/restart-negotiation.js'
import {
  answerOf,
  FakeBrowserConnection,
  offerOf,
  ufragOf,
  useBrowserConnections,
} from '../support/fake-browser-connection.js'
import { advance, SECOND } from '../support/time.js'

useBrowserConnections()

/** Makes an offer that restarts ICE, whose answer the remote peer sends at once. */
async function answerRestart(
  turnServer: FakeBrowserConnection['turnServer'],
  needsRelay = true,
  isLost = false,
) {
  const pc = new FakeBrowserConnection()
  pc.turnServer = turnServer
  const onRejectedAnswer = vi.fn()
  if (isLost) pc.iceConnectionState = 'failed'
  const { end } = negotiateRestart(pc, { isOfferedByApp: false, needsRelay, onRejectedAnswer })
  await pc.setLocalDescription()
  const onSettled = vi.fn()
  const applied = pc.setRemoteDescription(answerOf('r2')).then(onSettled)
  const added = pc.addIceCandidate('candidate of r2')
  await advance(0)
  return { pc, onRejectedAnswer, onSettled, settled: Promise.all([applied, added]), end }
}

const ufragsOf = ({ localDescription, remoteDescription, signalingState }: FakeBrowserConnection) => [
  ufragOf(localDescription),
  ufragOf(remoteDescription),
  signalingState,
]
const MOVED = ['u2', 'r2', 'stable']
const ROLLED_BACK = ['u1', 'r1', 'stable']

describe('the answer to a restart of a relayed connection', () => {
  it('is applied at once if the offer has a relay candidate', async () => {
    const { pc, settled } = await answerRestart('allocates')
    await settled
    expect(ufragsOf(pc)).toEqual(MOVED)
    expect(pc.remoteCandidates).toEqual(['candidate of r2'])
  })

  it('waits for the relay candidate, and so do candidates of the remote peer', async () => {
    const { pc, onSettled, settled } = await answerRestart('is silent')
    await advance(2 * SECOND)
    expect(onSettled).not.toHaveBeenCalled()
    expect(pc.remoteCandidates).toEqual([])
    pc.completeGathering(true)
    await advance(SECOND)
    await settled
    expect(ufragsOf(pc)).toEqual(MOVED)
    expect(pc.remoteCandidates).toEqual(['candidate of r2'])
  })

  it.each([
    ['rejects the credentials', 'rejects', 0],
    ['does not respond for 5 s', 'is silent', 5 * SECOND],
  ] as const)(
    'is not applied if the TURN server %s: the offer is rolled back',
    async (_, turnServer, delayMs) => {
      const { pc, onRejectedAnswer, settled } = await answerRestart(turnServer)
      await advance(delayMs)
      await settled
      expect(onRejectedAnswer).toHaveBeenCalledExactlyOnceWith('no-relay')
      expect(ufragsOf(pc)).toEqual(ROLLED_BACK)
      expect(pc.remoteCandidates).toEqual([])
      await pc.addIceCandidate('candidate of r1')
      expect(pc.remoteCandidates).toEqual(['candidate of r1'])
    },
  )

  it('is ignored if an offer of the remote peer replaces the offer while it waits', async () => {
    const { pc, onRejectedAnswer, settled } = await answerRestart('is silent')
    await pc.setRemoteDescription(offerOf('r3'))
    await settled
    expect(onRejectedAnswer).not.toHaveBeenCalled()
    expect(ufragsOf(pc)).toEqual(['u1', 'r3', 'have-remote-offer'])
  })

  it('does not take the end of an earlier gathering for its own', async () => {
    const pc = new FakeBrowserConnection()
    pc.turnServer = 'is silent'
    const onRejectedAnswer = vi.fn()
    negotiateRestart(pc, { isOfferedByApp: true, needsRelay: true, onRejectedAnswer })
    pc.completeGathering(false)
    await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }))
    void pc.setRemoteDescription(answerOf('r2'))
    await advance(SECOND)
    expect(onRejectedAnswer).not.toHaveBeenCalled()
  })

  it.each([
    [
      'is applied',
      'if it is from Firefox, which has left the previous pair',
      'o=mozilla...THIS_IS_SDPARTA-99.0',
      MOVED,
    ],
    ['is not applied', 'if only its session name is like that of Firefox', 's=o=mozilla', ROLLED_BACK],
  ])('%s without a relay candidate %s', async (_, __, line, expected) => {
    const pc = new FakeBrowserConnection()
    pc.turnServer = 'rejects'
    const onRejectedAnswer = vi.fn()
    negotiateRestart(pc, { isOfferedByApp: false, needsRelay: true, onRejectedAnswer })
    await pc.setLocalDescription()
    const sdp = `v=0\r\n${line} 1 0 IN IP4 0.0.0.0\r\na=ice-ufrag:r2\r\n`
    await pc.setRemoteDescription({ type: 'answer', sdp })
    expect(ufragsOf(pc)).toEqual(expected)
    expect(onRejectedAnswer).toHaveBeenCalledTimes(expected === MOVED ? 0 : 1)
  })

  it.each([
    ['not relayed', false, false],
    ['lost', true, true],
  ])('is applied without a relay candidate if the connection is %s', async (_, needsRelay, isLost) => {
    const { pc, settled } = await answerRestart('rejects', needsRelay, isLost)
    await settled
    expect(ufragsOf(pc)).toEqual(MOVED)
  })
})

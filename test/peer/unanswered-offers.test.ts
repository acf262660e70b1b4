import { describe, expect, it } from 'vitest'
import { attachCall, rolledBack } from '../support/attached-call.js'
import { NEWER, SETTLED_MS } from '../support/attached-provider.js'
import {
  answerOf,
  offerOf,
  overriddenMethodsOf,
  useBrowserConnections,
} from '../support/fake-browser-connection.js'
import { advance, MINUTE, SECOND } from '../support/time.js'

useBrowserConnections()

const isSilent = () => undefined
const FAILED = ['rotation requested', 'rotation failed']
const COMPLETED = ['rotation requested', 'rotation completed']

/** Attaches a call whose first offer has been rolled back, because the remote peer has sent no answer. */
async function attachAfterRollback(respond: Parameters<typeof attachCall>[0] = isSilent) {
  const call = await attachCall(respond)
  await call.rotate()
  await advance(22 * SECOND)
  return call
}

describe('attach() and a remote peer that sends no answer', () => {
  it('rolls the offer back after 20 seconds, and reports that the restart has failed', async () => {
    const { pc, rotate, reports } = await attachCall(isSilent)
    await rotate()
    await advance(19 * SECOND)
    expect(pc.signalingState).toBe('have-local-offer')
    await advance(3 * SECOND)
    expect(pc).toMatchObject(rolledBack)
    expect(reports).toEqual(FAILED)
  })

  it('repeats the offer a minute later, three offers in all, and reports the error once', async () => {
    const { pc, reports, errorCodes } = await attachAfterRollback()
    await advance(55 * SECOND)
    expect(pc.offers).toEqual(['u2'])
    await advance(10 * SECOND)
    expect(pc.offers).toEqual(['u2', 'u3'])
    await advance(10 * MINUTE)
    expect(pc.offers).toEqual(['u2', 'u3', 'u4'])
    expect(pc).toMatchObject(rolledBack)
    expect(reports).toEqual([...FAILED, ...FAILED, ...FAILED])
    expect(errorCodes()).toEqual(['ERR_ICE_RESTART'])
  })

  it('completes the restart if the remote peer responds to a repeated offer', async () => {
    const { pc, reports } = await attachAfterRollback((offers) => (offers < 3 ? undefined : answerOf('r2')))
    await advance(3 * MINUTE)
    expect(pc.currentLocalDescription).toEqual(offerOf('u4'))
    expect(reports).toEqual([...FAILED, ...FAILED, ...COMPLETED])
    expect(overriddenMethodsOf(pc)).toEqual([])
  })

  it('ignores an answer that arrives 30 seconds after the rollback, and completes a repeated restart', async () => {
    const { pc, reports } = await attachAfterRollback((offers) => (offers < 2 ? undefined : answerOf('r3')))
    await advance(30 * SECOND)
    await pc.setRemoteDescription(answerOf('r2'))
    expect(pc).toMatchObject(rolledBack)
    await advance(MINUTE)
    expect(pc.currentLocalDescription).toEqual(offerOf('u3'))
    expect(reports).toEqual([...FAILED, ...COMPLETED])
  })

  it('ignores an answer that arrives after the third failure, until the connection is detached', async () => {
    const { pc, detach } = await attachAfterRollback()
    await advance(10 * MINUTE)
    await pc.setRemoteDescription(answerOf('r2'))
    expect(pc).toMatchObject({ ...rolledBack, remoteDescription: answerOf('r1') })
    detach()
    await expect(pc.setRemoteDescription(answerOf('r2'))).rejects.toThrow('answer in the wrong state')
    expect(overriddenMethodsOf(pc)).toEqual([])
  })

  it('requests no further restart while an offer that restarts ICE waits for its answer', async () => {
    const { pc, rotate, reports } = await attachCall(isSilent)
    await rotate()
    await advance(SETTLED_MS)
    await rotate(NEWER)
    pc.changeIceState('disconnected')
    await advance(10 * SECOND)
    expect(pc.iceServers).toEqual(NEWER)
    expect(pc.offers).toEqual(['u2'])
    expect(reports).toEqual(['rotation requested'])
  })

  it('restarts once more for servers that arrived while its offer waited', async () => {
    const { pc, rotate, reports } = await attachCall((offers) => (offers === 1 ? undefined : answerOf('r3')))
    await rotate()
    await advance(SETTLED_MS)
    await rotate(NEWER)
    await advance(SECOND)
    await pc.setRemoteDescription(answerOf('r2'))
    await advance(2 * SETTLED_MS)
    expect(pc.currentLocalDescription).toEqual(offerOf('u3'))
    expect(reports).toEqual(COMPLETED)
  })
})

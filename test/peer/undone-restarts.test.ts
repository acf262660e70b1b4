import { describe, expect, it, vi } from 'vitest'
import { attachCall, rolledBack } from '../support/attached-call.js'
import { NEW, NEWER, SETTLED_MS } from '../support/attached-provider.js'
import {
  answerOf,
  type FakeBrowserConnection,
  offerOf,
  overriddenMethodsOf,
  useBrowserConnections,
} from '../support/fake-browser-connection.js'
import { advance, MINUTE, SECOND } from '../support/time.js'

useBrowserConnections()

const keepsIce = () => answerOf('r1')
const restartsIce = (offers: number) => answerOf(`r${offers + 1}`)
const isSilent = () => undefined

describe('attach() and a remote peer that restarts ICE', () => {
  it('moves the call with one offer, and leaves later offers to the app alone', async () => {
    const { pc, rotate, reports, errorCodes } = await attachCall(restartsIce)
    await rotate()
    await advance(SETTLED_MS)
    expect(pc.iceServers).toEqual(NEW)
    expect(pc.offers).toEqual(['u2'])
    expect(reports).toEqual(['rotation requested', 'rotation completed'])
    expect(errorCodes()).toEqual([])
    expect(overriddenMethodsOf(pc)).toEqual([])
  })
})

describe('attach() and a remote peer that does not restart ICE', () => {
  it('rolls the restart back, reports it once, and makes no further offer at the next rotations', async () => {
    const { pc, rotate, reports, errorCodes } = await attachCall(keepsIce)
    for (const iceServers of [NEW, NEWER, NEW]) {
      await rotate(iceServers)
      await advance(20 * SECOND)
    }
    expect(pc.offers).toEqual(['u2'])
    expect(pc).toMatchObject(rolledBack)
    expect(pc.iceServers).toEqual(NEW)
    expect(reports).toEqual(['rotation requested', 'rotation failed'])
    expect(errorCodes()).toEqual(['ERR_ICE_RESTART'])
    expect(overriddenMethodsOf(pc)).toEqual([])
  })

  it('makes at most three offers in all once the call is lost, and does not repeat the error', async () => {
    const { pc, rotate, reports, errorCodes } = await attachCall(keepsIce)
    await rotate()
    await advance(SETTLED_MS)
    pc.changeIceState('disconnected')
    await advance(MINUTE)
    pc.changeIceState('failed')
    await advance(MINUTE)
    await rotate(NEWER)
    await advance(5 * MINUTE)
    expect(pc.offers).toHaveLength(3)
    expect(reports).toEqual([
      'rotation requested',
      'rotation failed',
      ...Array.from({ length: 2 }, () => ['lost requested', 'lost failed']).flat(),
    ])
    expect(errorCodes()).toEqual(['ERR_ICE_RESTART'])
  })

  it('applies the answer of the remote peer to a lost connection, which may connect with it', async () => {
    const { pc, rotate } = await attachCall(keepsIce)
    pc.changeIceState('disconnected')
    await rotate()
    await advance(SETTLED_MS)
    expect(pc.offers).toEqual(['u2'])
    expect(pc.currentLocalDescription).toEqual(offerOf('u2'))
  })

  it('restarts for rotations again after the remote peer has restarted ICE', async () => {
    const { pc, rotate, reports } = await attachCall((offers) => answerOf(offers === 1 ? 'r1' : 'r3'))
    await rotate()
    await advance(SETTLED_MS)
    await pc.negotiateFromRemote('r2')
    await advance(SETTLED_MS)
    await rotate(NEWER)
    await advance(2 * SETTLED_MS)
    expect(pc.offers).toHaveLength(2)
    expect(reports.slice(2)).toEqual(['rotation requested', 'rotation completed'])
  })
})

describe('attach() and the end of a restart in progress', () => {
  it.each(['detach', 'close'])('restores every method of the connection on %s', async (how) => {
    const { pc, provider, detach, rotate } = await attachCall(isSilent)
    await rotate()
    await advance(SECOND)
    expect(overriddenMethodsOf(pc)).not.toEqual([])
    if (how === 'detach') detach()
    else provider.close()
    expect(overriddenMethodsOf(pc)).toEqual([])
    await advance(MINUTE)
    expect(pc.localDescription).toEqual(offerOf('u2')) // the app still waits for its answer
  })
})

describe('attach() with a restartIce function and a connection of the browser', () => {
  it('dispatches no negotiationneeded, and rolls the offer of the function back if the remote peer does not restart', async () => {
    const restartIce = async (pc: FakeBrowserConnection) => {
      await pc.setLocalDescription(await pc.createOffer({ iceRestart: true }))
      await pc.setRemoteDescription(answerOf('r1'))
    }
    const { pc, rotate, reports, errorCodes } = await attachCall(keepsIce, restartIce)
    const onNeeded = vi.fn()
    pc.addEventListener('negotiationneeded', onNeeded)
    await rotate()
    await advance(20 * SECOND)
    await rotate(NEWER)
    await advance(20 * SECOND)
    expect(onNeeded).not.toHaveBeenCalled()
    expect(pc.offers).toEqual(['u2'])
    expect(pc).toMatchObject(rolledBack)
    expect(reports).toEqual(['rotation requested', 'rotation failed'])
    expect(errorCodes()).toEqual(['ERR_ICE_RESTART'])
  })

  it('dispatches one negotiationneeded for a function that calls restartIce(), and none after the rollback', async () => {
    const { pc, rotate, reports } = await attachCall(keepsIce, (pc) => pc.restartIce())
    const onNeeded = vi.fn()
    pc.addEventListener('negotiationneeded', onNeeded)
    await rotate()
    await advance(20 * SECOND)
    expect(onNeeded).toHaveBeenCalledOnce()
    expect(pc.offers).toEqual(['u2'])
    expect(pc).toMatchObject(rolledBack)
    expect(reports).toEqual(['rotation requested', 'rotation failed'])
  })
})

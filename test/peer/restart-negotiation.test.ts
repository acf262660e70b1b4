import { describe, expect, it, vi } from 'vitest'
import { isNegotiable } from '../../src/peer/negotiable-connection.js'
import { negotiateRestart } from '../../src/peer/restart-negotiation.js'
import {
  answerOf,
  FakeBrowserConnection,
  offerOf,
  overriddenMethodsOf,
  ufragOf,
} from '../support/fake-browser-connection.js'

/** Requests a restart of a connection. */
function requestRestart(pc = new FakeBrowserConnection(), isOfferedByApp = false) {
  const onNeeded = vi.fn()
  pc.addEventListener('negotiationneeded', onNeeded)
  const options = { isOfferedByApp, needsRelay: false, onRejectedAnswer: () => {} }
  const restart = negotiateRestart(pc, options)
  return { pc, onNeeded, ...restart }
}

describe('negotiateRestart and the offers of the app', () => {
  it.each([
    ['createOffer()', []],
    ['createOffer() with options', [{ offerToReceiveAudio: true }]],
    ['createOffer() with options against a restart', [{ iceRestart: false }]],
  ])('makes an offer of %s restart ICE until the restart ends', async (_, args) => {
    const { pc, end } = requestRestart()
    expect(ufragOf(await pc.createOffer(...args))).toBe('u2')
    expect(ufragOf(await pc.createOffer(...args))).toBe('u3')
    end()
    expect(ufragOf(await pc.createOffer(...args))).toBe('u1')
  })

  it('makes no further offer restart ICE after the negotiation, before the selected pair has moved', async () => {
    const { pc } = requestRestart()
    await pc.setLocalDescription()
    await pc.setRemoteDescription(answerOf('r2'))
    expect(ufragOf(await pc.createOffer())).toBe('u2')
    await pc.setLocalDescription()
    expect(ufragOf(pc.localDescription)).toBe('u2')
  })

  it('keeps the other options of an offer that it makes restart ICE, and does not change the object of the app', async () => {
    const createOffer = vi.spyOn(FakeBrowserConnection.prototype, 'createOffer')
    const { pc } = requestRestart()
    const options = { offerToReceiveAudio: true }
    await pc.createOffer(options)
    expect(createOffer).toHaveBeenLastCalledWith({ offerToReceiveAudio: true, iceRestart: true })
    expect(options).toEqual({ offerToReceiveAudio: true })
    createOffer.mockRestore()
  })

  it('makes an offer with legacy callbacks restart ICE', async () => {
    const { pc } = requestRestart()
    const onSuccess = vi.fn()
    await pc.createOffer(onSuccess, () => {})
    expect(onSuccess).toHaveBeenLastCalledWith(offerOf('u2'))
    await pc.createOffer(onSuccess, () => {}, { offerToReceiveAudio: true })
    expect(onSuccess).toHaveBeenLastCalledWith(offerOf('u3'))
  })

  it.each([[[]], [[undefined]], [[{}]]])(
    'makes the offer of setLocalDescription(…%j) restart ICE',
    async (args) => {
      const { pc } = requestRestart()
      await pc.setLocalDescription(...args)
      expect(pc.localDescription).toEqual(offerOf('u2'))
    },
  )

  it('leaves a description that the app passes to setLocalDescription() as it is', async () => {
    const { pc } = requestRestart()
    await pc.setLocalDescription(offerOf('u9'))
    expect(pc.localDescription).toEqual(offerOf('u9'))
  })

  it('makes no offer in place of the answer to an offer of the remote peer', async () => {
    const { pc } = requestRestart()
    await pc.negotiateFromRemote('r2')
    expect(pc.localDescription?.type).toBe('answer')
    expect(pc.offers).toEqual([])
  })

  it('rejects if an offer of the remote peer arrives while its own is created, and leaves that to the app', async () => {
    const { pc } = requestRestart()
    const isDone = pc.setLocalDescription()
    await pc.setRemoteDescription(offerOf('r2'))
    await expect(isDone).rejects.toThrow('in the wrong state')
    expect(pc.signalingState).toBe('have-remote-offer')
  })

  it('leaves the offers to a function of the app that makes them', async () => {
    const { pc, onNeeded } = requestRestart(new FakeBrowserConnection(), true)
    expect(ufragOf(await pc.createOffer())).toBe('u1')
    await pc.negotiateFromRemote('r1')
    expect(onNeeded).not.toHaveBeenCalled()
  })
})

describe('negotiateRestart and negotiationneeded', () => {
  it('dispatches negotiationneeded at once in the signaling state stable', () => {
    const { onNeeded } = requestRestart()
    expect(onNeeded).toHaveBeenCalledOnce()
  })

  it('dispatches negotiationneeded at each return to stable until there is an offer', async () => {
    const pc = new FakeBrowserConnection()
    await pc.setRemoteDescription(offerOf('r1'))
    const { onNeeded } = requestRestart(pc)
    expect(onNeeded).not.toHaveBeenCalled()
    await pc.setLocalDescription()
    expect(onNeeded).toHaveBeenCalledTimes(1)
    await pc.negotiateFromRemote('r1')
    expect(onNeeded).toHaveBeenCalledTimes(2)
    await pc.setLocalDescription()
    await pc.setRemoteDescription(answerOf('r2'))
    await pc.negotiateFromRemote('r2')
    expect(onNeeded).toHaveBeenCalledTimes(2)
  })

  it('dispatches negotiationneeded after the answer to an offer that was pending before the restart', async () => {
    const pc = new FakeBrowserConnection()
    await pc.setLocalDescription()
    const { onNeeded } = requestRestart(pc)
    expect(onNeeded).not.toHaveBeenCalled()
    await pc.setRemoteDescription(answerOf('r1'))
    expect(onNeeded).toHaveBeenCalledOnce()
  })

  it.each(['end', 'rollBack'] as const)(
    'dispatches no negotiationneeded after %s() of a restart',
    async (method) => {
      const { pc, onNeeded, ...restart } = requestRestart()
      await restart[method]()
      await pc.negotiateFromRemote('r1')
      expect(onNeeded).toHaveBeenCalledOnce()
    },
  )
})

describe('negotiateRestart and the methods of the connection', () => {
  it('restores the methods of a connection when its restart ends', () => {
    const { pc, end } = requestRestart()
    expect(overriddenMethodsOf(pc)).toEqual([
      'createOffer',
      'setLocalDescription',
      'setRemoteDescription',
      'addIceCandidate',
      'restartIce',
    ])
    end()
    expect(overriddenMethodsOf(pc)).toEqual([])
    expect(Object.hasOwn(pc, 'createOffer')).toBe(false)
  })

  it('restores a method that the connection itself had when its restart ends', () => {
    const pc = new FakeBrowserConnection()
    const own = async () => offerOf('own')
    pc.createOffer = own
    requestRestart(pc).end()
    expect(pc.createOffer).toBe(own)
  })

  it.each([false, true])(
    'keeps the methods that other code has overridden, and lets every call pass through after the end (rolled back before: %s)',
    async (isRolledBack) => {
      const { pc, end, rollBack } = requestRestart()
      const { createOffer, setLocalDescription, setRemoteDescription, restartIce } = pc
      const wrappers = {
        createOffer: (...args: unknown[]) => createOffer.apply(pc, args),
        setLocalDescription: (...args: Parameters<typeof setLocalDescription>) =>
          setLocalDescription.apply(pc, args),
        setRemoteDescription: (...args: Parameters<typeof setRemoteDescription>) =>
          setRemoteDescription.apply(pc, args),
        restartIce: () => restartIce.apply(pc),
      }
      Object.assign(pc, wrappers)
      if (isRolledBack) await rollBack()
      end()
      expect(pc).toMatchObject(wrappers)
      await pc.setLocalDescription()
      expect(pc.localDescription).toEqual(offerOf('u1'))
      await pc.setRemoteDescription(answerOf('r1'))
      await expect(pc.setRemoteDescription(answerOf('r1'))).rejects.toThrow('answer in the wrong state')
      // A restart of the app itself.
      pc.restartIce()
      await pc.setLocalDescription()
      await pc.setRemoteDescription(answerOf('r1'))
      expect(pc.currentLocalDescription).toEqual(offerOf('u2'))
      expect(ufragOf(await pc.createOffer())).toBe('u2')
    },
  )
})

describe('negotiateRestart and restartIce() that other code has kept', () => {
  it.each([['end'], ['rollBack']] as const)('calls that of the browser after %s()', async (method) => {
    const ofBrowser = vi.spyOn(FakeBrowserConnection.prototype, 'restartIce')
    const { pc, ...restart } = requestRestart()
    const { restartIce } = pc
    restartIce()
    expect(ofBrowser).not.toHaveBeenCalled()
    await restart[method]()
    restartIce()
    expect(ofBrowser).toHaveBeenCalledOnce()
    ofBrowser.mockRestore()
  })
})

describe('isNegotiable', () => {
  it('recognises a connection of the browser by its restartIce()', () => {
    const pc = new FakeBrowserConnection()
    expect(isNegotiable(pc)).toBe(false) // no browser
    vi.stubGlobal('RTCPeerConnection', FakeBrowserConnection)
    expect(isNegotiable(pc)).toBe(true)
    pc.restartIce = () => {}
    expect(isNegotiable(pc)).toBe(false)
    vi.unstubAllGlobals()
  })

  it('does not recognise a connection without restartIce(), whatever the browser has', () => {
    const { signalingState, getConfiguration, setConfiguration } = new FakeBrowserConnection()
    vi.stubGlobal('RTCPeerConnection', class {})
    expect(isNegotiable({ signalingState, getConfiguration, setConfiguration })).toBe(false)
    vi.unstubAllGlobals()
  })
})

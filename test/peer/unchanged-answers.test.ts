import { describe, expect, it, vi } from 'vitest'
import { type NegotiationOptions, negotiateRestart } from '../../src/peer/restart-negotiation.js'
import {
  answerOf,
  describeUfrag,
  FakeBrowserConnection,
  offerOf,
} from '../support/fake-browser-connection.js'

/** Requests a restart of a connection, and makes an offer that restarts ICE. */
async function offerRestart(options: Partial<NegotiationOptions> = {}, pc = new FakeBrowserConnection()) {
  const onRejectedAnswer = vi.fn(() => void states.push(pc.signalingState))
  const states: string[] = []
  const restart = negotiateRestart(pc, {
    isOfferedByApp: false,
    needsRelay: false,
    onRejectedAnswer,
    ...options,
  })
  await pc.setLocalDescription(options.isOfferedByApp ? offerOf('u2') : undefined)
  return { pc, onRejectedAnswer, states, ...restart }
}

const rolledBack = {
  signalingState: 'stable',
  localDescription: offerOf('u1'),
  remoteDescription: answerOf('r1'),
}
const negotiated = (remoteUfrag: string) => ({
  signalingState: 'stable',
  localDescription: offerOf('u2'),
  remoteDescription: answerOf(remoteUfrag),
})

describe('negotiateRestart and the answer of the remote peer', () => {
  it.each([false, true])(
    'rolls the offer back if the remote peer does not restart, and reports it once before (offered by the app: %s)',
    async (isOfferedByApp) => {
      const { pc, onRejectedAnswer, states } = await offerRestart({ isOfferedByApp })
      await pc.setRemoteDescription(answerOf('r1'))
      expect(pc).toMatchObject(rolledBack)
      await expect(pc.setRemoteDescription(answerOf('r1'))).rejects.toThrow('answer in the wrong state')
      expect(onRejectedAnswer).toHaveBeenCalledOnce()
      expect(states).toEqual(['have-local-offer'])
    },
  )

  it('calls the legacy success callback for an answer that it rolls back', async () => {
    const { pc } = await offerRestart()
    const onSuccess = vi.fn()
    await pc.setRemoteDescription(answerOf('r1'), onSuccess, () => {})
    expect(onSuccess).toHaveBeenCalledOnce()
    expect(pc).toMatchObject(rolledBack)
  })

  it('makes no further offer that restarts ICE after the rollback', async () => {
    const { pc } = await offerRestart()
    await pc.setRemoteDescription(answerOf('r1'))
    await pc.setLocalDescription()
    expect(pc.localDescription).toEqual(offerOf('u1'))
  })

  it('applies the answer of a remote peer that restarts', async () => {
    const { pc, onRejectedAnswer } = await offerRestart()
    await pc.setRemoteDescription(answerOf('r2'))
    expect(pc).toMatchObject(negotiated('r2'))
    expect(onRejectedAnswer).not.toHaveBeenCalled()
  })

  it('applies an answer that is unlike the previous one in one of several transports', async () => {
    const { pc } = await offerRestart()
    await pc.setRemoteDescription({ type: 'answer', sdp: 'a=ice-ufrag:r2\r\na=ice-ufrag:r1\r\n' })
    expect(pc).toMatchObject(negotiated('r2'))
  })

  it.each([answerOf('r1'), { type: 'answer', sdp: 'v=0\r\n' }, { type: 'answer' }])(
    'applies any answer of a connection that does not work: %j',
    async (answer) => {
      const { pc, onRejectedAnswer } = await offerRestart()
      pc.iceConnectionState = 'failed'
      await pc.setRemoteDescription(answer)
      expect(pc).toMatchObject({ signalingState: 'stable', localDescription: offerOf('u2') })
      expect(onRejectedAnswer).not.toHaveBeenCalled()
    },
  )

  it('applies the current remote description, with which an app becomes stable', async () => {
    const { pc, onRejectedAnswer } = await offerRestart()
    await pc.setRemoteDescription(pc.remoteDescription ?? answerOf('r1'))
    expect(pc.currentLocalDescription).toEqual(offerOf('u2'))
    expect(onRejectedAnswer).not.toHaveBeenCalled()
  })

  it.each([{ type: 'answer', sdp: 'v=0\r\n' }, { type: 'answer' }])(
    'leaves an answer without a username fragment to the browser: %j',
    async (answer) => {
      const { pc, onRejectedAnswer } = await offerRestart()
      await pc.setRemoteDescription(answer)
      expect(pc.currentLocalDescription).toEqual(offerOf('u2'))
      expect(onRejectedAnswer).not.toHaveBeenCalled()
    },
  )

  it('applies a provisional answer, and the answer after it', async () => {
    const { pc, onRejectedAnswer } = await offerRestart()
    await pc.setRemoteDescription(describeUfrag('pranswer', 'r1'))
    expect(pc.signalingState).toBe('have-remote-pranswer')
    await pc.setRemoteDescription(answerOf('r1'))
    expect(pc).toMatchObject(negotiated('r1'))
    expect(onRejectedAnswer).not.toHaveBeenCalled()
  })

  it('applies the answer to an offer that does not restart ICE', async () => {
    const { pc, onRejectedAnswer } = await offerRestart()
    await pc.setLocalDescription({ type: 'rollback' })
    await pc.setLocalDescription(offerOf('u1'))
    await pc.setRemoteDescription(answerOf('r1'))
    expect(pc.signalingState).toBe('stable')
    expect(onRejectedAnswer).not.toHaveBeenCalled()
  })

  it('applies the answer to the first offer of a connection', async () => {
    const { pc, onRejectedAnswer } = await offerRestart()
    pc.currentLocalDescription = null
    await pc.setRemoteDescription(answerOf('r1'))
    expect(pc).toMatchObject(negotiated('r1'))
    expect(onRejectedAnswer).not.toHaveBeenCalled()
  })

  it('applies an offer of the remote peer that keeps its username fragment', async () => {
    const { pc, onRejectedAnswer } = await offerRestart()
    await pc.negotiateFromRemote('r1')
    expect(pc.remoteDescription).toEqual(offerOf('r1'))
    expect(onRejectedAnswer).not.toHaveBeenCalled()
  })
})

describe('rollBack() of a restart', () => {
  it('rolls back the offer, and ignores the answer to it that arrives late', async () => {
    const { pc, rollBack, onRejectedAnswer } = await offerRestart()
    await rollBack()
    expect(pc).toMatchObject(rolledBack)
    const onSuccess = vi.fn()
    await pc.setRemoteDescription(answerOf('r2'), onSuccess, () => {})
    expect(pc).toMatchObject(rolledBack)
    expect(onSuccess).toHaveBeenCalledOnce()
    expect(onRejectedAnswer).not.toHaveBeenCalled()
  })

  it('leaves a connection without an offer as it is, and an offer of the remote peer acceptable', async () => {
    const { pc, rollBack } = await offerRestart()
    await pc.setRemoteDescription(answerOf('r2'))
    await rollBack()
    expect(pc).toMatchObject(negotiated('r2'))
    await pc.negotiateFromRemote('r3')
    expect(pc.remoteDescription).toEqual(offerOf('r3'))
  })

  it('leaves an offer with a provisional answer, which cannot be undone', async () => {
    const { pc, rollBack } = await offerRestart()
    await pc.setRemoteDescription(describeUfrag('pranswer', 'r2'))
    await rollBack()
    expect(pc).toMatchObject({ signalingState: 'have-remote-pranswer', localDescription: offerOf('u2') })
  })

  it('applies the answer to a later offer of the app', async () => {
    const { pc, rollBack } = await offerRestart()
    await rollBack()
    await pc.setLocalDescription()
    await pc.setRemoteDescription(answerOf('r1'))
    expect(pc).toMatchObject({ signalingState: 'stable', localDescription: offerOf('u1') })
    expect(pc.currentLocalDescription).not.toBeNull()
  })

  it('leaves a restart of the app to the browser, and later offers without a restart', async () => {
    const { pc, rollBack } = await offerRestart()
    await rollBack()
    pc.restartIce()
    await pc.setLocalDescription()
    await pc.setRemoteDescription(answerOf('r2'))
    expect(pc.currentLocalDescription).toEqual(offerOf('u3'))
    await pc.setLocalDescription()
    expect(pc.localDescription).toEqual(offerOf('u3'))
  })

  it('applies an answer without a restart to a later restart of the app', async () => {
    const { pc, rollBack, onRejectedAnswer } = await offerRestart()
    await rollBack()
    await pc.setLocalDescription(offerOf('u3'))
    await pc.setRemoteDescription(answerOf('r1'))
    expect(pc.currentLocalDescription).toEqual(offerOf('u3'))
    expect(onRejectedAnswer).not.toHaveBeenCalled()
  })

  it('does not ignore an answer in stable before the rollback', async () => {
    const { pc } = await offerRestart()
    await pc.setRemoteDescription(answerOf('r2'))
    await expect(pc.setRemoteDescription(answerOf('r2'))).rejects.toThrow('answer in the wrong state')
  })
})

describe('rollBack() and an offer of the app that does not restart ICE', () => {
  it('leaves it, because the app waits for its answer', async () => {
    const pc = new FakeBrowserConnection()
    await pc.setLocalDescription(offerOf('u1'))
    const { rollBack } = negotiateRestart(pc, {
      isOfferedByApp: false,
      needsRelay: false,
      onRejectedAnswer: () => {},
    })
    await rollBack()
    expect(pc.signalingState).toBe('have-local-offer')
  })
})

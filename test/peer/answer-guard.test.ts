/** What happens to the answers that are checked. */
import { describe, expect, it, vi } from 'vitest'
import { type AnswerDecision, guardAnswers } from '../../src/peer/answer-guard.js'
import type { Description } from '../../src/peer/negotiable-connection.js'
import { answerOf, FakeBrowserConnection, offerOf, ufragOf } from '../support/fake-browser-connection.js'

/** A connection with an offer, whose answers are decided like this. */
async function guard(decision: AnswerDecision) {
  const pc = new FakeBrowserConnection()
  const decide = vi.fn(() => decision)
  const rollBack = vi.fn(async () => {})
  guardAnswers(pc, decide, rollBack)
  await pc.setLocalDescription()
  return { pc, decide, rollBack }
}

describe('guardAnswers', () => {
  it.each([
    ['apply', 'r2', 0],
    ['ignore', 'r1', 0],
    ['roll-back', 'r1', 1],
  ] as const)(
    'with the decision %j leaves the remote peer with the username fragment %s, and rolls back %i times',
    async (decision, remoteUfrag, rollbacks) => {
      const { pc, rollBack } = await guard(decision)
      await pc.setRemoteDescription(answerOf('r2'))
      expect(ufragOf(pc.remoteDescription)).toBe(remoteUfrag)
      expect(rollBack).toHaveBeenCalledTimes(rollbacks)
    },
  )

  it('decides nothing about an offer', async () => {
    const { pc, decide } = await guard('ignore')
    await pc.setRemoteDescription(offerOf('r2'))
    expect(ufragOf(pc.remoteDescription)).toBe('r2')
    expect(decide).not.toHaveBeenCalled()
  })

  it('leaves a call without a description to the browser', async () => {
    const setRemoteDescription = vi.spyOn(FakeBrowserConnection.prototype, 'setRemoteDescription')
    setRemoteDescription.mockRejectedValueOnce(new TypeError('1 argument required'))
    const { pc } = await guard('ignore')
    const missing = undefined as unknown as Description
    await expect(pc.setRemoteDescription(missing)).rejects.toThrow('1 argument required')
    setRemoteDescription.mockRestore()
  })
})

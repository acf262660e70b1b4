/** Decides about each SDP answer of the remote peer before it is applied to a connection. */

import type { Description, NegotiableConnection } from './negotiable-connection.js'
import { overrideMethod } from './override-method.js'

/** What happens to an answer. */
export type AnswerVerdict = 'apply' | 'ignore' | 'roll-back'

/**
 * Guards the answers of a connection: they are judged before they are applied. An answer that is ignored or rolled back resolves
 * as if it had been applied. Candidates that arrive before the verdict wait for it.
 *
 * @returns a function that removes the guard.
 */
export function guardAnswers(
  connection: NegotiableConnection,
  judge: (answer: Description) => AnswerVerdict | Promise<AnswerVerdict>,
  rollBack: () => Promise<void>,
): () => void {
  let isRemoved = false
  let pendingVerdict: Promise<AnswerVerdict> | undefined

  const restoreDescription = overrideMethod(
    connection,
    'setRemoteDescription',
    (setRemoteDescription) =>
      (...args) => {
        const [description, onSuccess] = args
        if (isRemoved || description?.type !== 'answer') return setRemoteDescription(...args)
        const act = async (verdict: AnswerVerdict) => {
          pendingVerdict = undefined
          if (verdict === 'apply') return setRemoteDescription(...args)
          if (verdict === 'roll-back') await rollBack()
          return typeof onSuccess === 'function' ? onSuccess() : undefined
        }
        const verdict = judge(description)
        if (typeof verdict === 'string') return act(verdict)
        pendingVerdict = verdict
        return verdict.then(act)
      },
  )
  const restoreCandidates = overrideMethod(
    connection,
    'addIceCandidate',
    (addIceCandidate) =>
      async (...args) => {
        const verdict = (await pendingVerdict) ?? 'apply'
        return verdict === 'apply' ? addIceCandidate(...args) : undefined
      },
  )
  return () => {
    isRemoved = true
    restoreDescription()
    restoreCandidates()
  }
}

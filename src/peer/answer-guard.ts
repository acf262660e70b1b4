/** Checks the SDP answers of the remote peer before the connection applies them. */
import type { Description, NegotiableConnection } from './negotiable-connection.js'
import { overrideMethod } from './override-method.js'

/** What is done with an SDP answer. */
export type AnswerDecision = 'apply' | 'ignore' | 'roll-back'

/**
 * Checks the SDP answers of a connection before it applies them. `setRemoteDescription()` also resolves for an answer that is
 * ignored, or whose offer is rolled back. Candidates of the remote peer that arrive before the decision wait for it.
 *
 * @returns a function that restores the methods.
 */
export function guardAnswers(
  connection: NegotiableConnection,
  decide: (answer: Description) => AnswerDecision | Promise<AnswerDecision>,
  rollBack: () => Promise<void>,
): () => void {
  let isRemoved = false
  let pendingDecision: Promise<AnswerDecision> | undefined

  const restoreDescription = overrideMethod(
    connection,
    'setRemoteDescription',
    (setRemoteDescription) =>
      (...args) => {
        const [description, onSuccess] = args
        if (isRemoved || description?.type !== 'answer') return setRemoteDescription(...args)
        const act = async (decision: AnswerDecision) => {
          pendingDecision = undefined
          if (decision === 'apply') return setRemoteDescription(...args)
          if (decision === 'roll-back') await rollBack()
          return typeof onSuccess === 'function' ? onSuccess() : undefined
        }
        const decision = decide(description)
        if (typeof decision === 'string') return act(decision)
        pendingDecision = decision
        return decision.then(act)
      },
  )
  const restoreCandidates = overrideMethod(
    connection,
    'addIceCandidate',
    (addIceCandidate) =>
      async (...args) => {
        const decision = (await pendingDecision) ?? 'apply'
        return decision === 'apply' ? addIceCandidate(...args) : undefined
      },
  )
  return () => {
    isRemoved = true
    restoreDescription()
    restoreCandidates()
  }
}

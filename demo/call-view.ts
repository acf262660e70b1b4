import type { Row } from './charts.js'
import { type LoopbackCall, measure } from './loopback-call.js'
import { element, logEvent, showState } from './view.js'

/** What is to be told of a call beside its state. */
export interface CallHooks {
  /** A name for the log. */
  readonly name: string
  mark(row: Row): void
  onRestart?(): void
  onAllocation?(): void
}

/** Shows a call in the figure with an id, and gives the way to read its numbers. */
export function showCall(id: string, call: LoopbackCall, { name, mark, onRestart, onAllocation }: CallHooks) {
  const { caller, callee } = call
  const showConnection = (state: string) => {
    element(`#${id}`).dataset.state = state
    showState(`${id}-state`, state)
  }
  showConnection(callee.connectionState)
  let wasConnected = false
  callee.addEventListener('connectionstatechange', () => {
    const state = callee.connectionState
    const isDisconnected = state === 'failed' || state === 'disconnected'
    wasConnected ||= state === 'connected'
    showConnection(state)
    logEvent(isDisconnected ? 'error' : 'call', `${name} is ${state}`)
    if (isDisconnected) mark('error')
  })
  caller.addEventListener('negotiationneeded', () => {
    if (!wasConnected) return
    logEvent('restart', `${name}: ICE restart`)
    mark('restart')
    onRestart?.()
  })
  for (const end of [caller, callee]) {
    end.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate?.type !== 'relay') return
      mark('allocation')
      onAllocation?.()
    })
    end.addEventListener('icecandidateerror', ({ errorCode, errorText }) => {
      logEvent('error', `${name}: TURN server ${errorCode} ${errorText}`)
      mark('error')
      if (errorCode === 701 && !wasConnected) element('#hint').hidden = false
    })
  }

  let last = { bytes: 0, at: performance.now() }
  return async () => {
    if (callee.connectionState === 'closed') return { path: '–', kilobits: null, roundTripMs: null }
    const { path, bytes, roundTripMs } = await measure(call)
    const at = performance.now()
    const kilobits = ((bytes - last.bytes) * 8) / Math.max(1, at - last.at)
    last = { bytes, at }
    const isUp = callee.connectionState === 'connected'
    return { path, kilobits: wasConnected ? kilobits : null, roundTripMs: isUp ? roundTripMs : null }
  }
}

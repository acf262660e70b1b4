/** Shows the state of a call on the page, in the event log and in the charts. */
import type { Row } from './charts.js'
import { type LoopbackCall, measure } from './loopback-call.js'
import { element, logEvent, showState } from './view.js'

export interface CallViewOptions {
  /** Name of the call in the event log. */
  readonly name: string
  /** Marks an event in the timeline. */
  mark(row: Row): void
  onRestart?(): void
  onAllocation?(): void
}

/** Shows a call in the figure with this id. Returns a function that resolves with its current measurements. */
export function showCall(
  id: string,
  call: LoopbackCall,
  { name, mark, onRestart, onAllocation }: CallViewOptions,
) {
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
    logEvent(isDisconnected ? 'error' : 'call', `${name}: ${state}`)
    if (isDisconnected) mark('error')
  })
  caller.addEventListener('negotiationneeded', () => {
    if (!wasConnected) return
    logEvent('restart', `${name}: ICE restart`)
    mark('restart')
    onRestart?.()
  })
  for (const pc of [caller, callee]) {
    pc.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate?.type !== 'relay') return
      mark('allocation')
      onAllocation?.()
    })
    pc.addEventListener('icecandidateerror', ({ errorCode, errorText }) => {
      logEvent('error', `${name}: TURN error ${errorCode} ${errorText}`)
      mark('error')
      if (errorCode === 701 && !wasConnected) element('#hint').hidden = false
    })
  }

  let last = { bytes: 0, at: performance.now() }
  return async () => {
    if (callee.connectionState === 'closed') return { selectedPair: '–', kilobits: null, roundTripMs: null }
    const { selectedPair, bytes, roundTripMs } = await measure(call)
    const at = performance.now()
    const kilobits = ((bytes - last.bytes) * 8) / Math.max(1, at - last.at)
    last = { bytes, at }
    const isConnected = callee.connectionState === 'connected'
    return {
      selectedPair,
      kilobits: wasConnected ? kilobits : null,
      roundTripMs: isConnected ? roundTripMs : null,
    }
  }
}

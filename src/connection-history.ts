/** What the library has observed of a connection, for its explanation. No browser keeps this in the stats. */
import type { AttachableConnection } from './attachable-connection.js'
import { SERVER_UNREACHABLE } from './config/stun-error-codes.js'
import type { CandidateError } from './connection-explanation.js'
import { isConnected, readUfrags } from './ice-states.js'
import { readSafely } from './read-safely.js'
import type { RestartFailure } from './restart-failure.js'

/** An ICE restart that failed. */
export interface FailedRestart {
  readonly failure: RestartFailure
  readonly message: string
  /** Username fragment of the remote peer then: with another one, a later restart has completed. */
  readonly remoteUfrag: string | undefined
}

/** What was observed of a connection. */
export interface ConnectionHistory {
  /** Whether it was observed from before it gathered its first candidate until now. */
  readonly isComplete: boolean
  readonly wasConnected: boolean
  /** When gathering began and ended for the last time, in ms since the time origin like `performance.now()`. */
  readonly gatheringAt: number | undefined
  readonly gatheredAt: number | undefined
  /** The errors since then, one for each URL and code. */
  readonly candidateErrors: readonly CandidateError[]
  /** The last restart of the library, if it failed. */
  readonly failedRestart: FailedRestart | undefined
}

const EMPTY: ConnectionHistory = {
  isComplete: false,
  wasConnected: false,
  gatheringAt: undefined,
  gatheredAt: undefined,
  candidateErrors: [],
  failedRestart: undefined,
}

const histories = new WeakMap<AttachableConnection, ConnectionHistory>()

/** Returns what was observed of a connection; `undefined` if it was never attached. */
export function historyOf(connection: AttachableConnection): ConnectionHistory | undefined {
  return histories.get(connection)
}

/** Begins the history of a connection, unless it has one. */
export function beginHistory(connection: AttachableConnection): void {
  const isComplete = readSafely(() => connection.iceGatheringState === 'new', false)
  if (!histories.has(connection)) update(connection, { isComplete })
  recordIceState(connection)
}

/** Records that the connection is observed no longer. */
export function interruptHistory(connection: AttachableConnection): void {
  update(connection, { isComplete: false })
}

/** Records whether ICE is connected. */
export function recordIceState(connection: AttachableConnection): void {
  const wasConnected = readSafely(() => isConnected(connection.iceConnectionState), false)
  if (wasConnected) update(connection, { wasConnected })
}

/** Records an `icegatheringstatechange` event: errors of previous candidates no longer count. */
export function recordGathering(connection: AttachableConnection, event: unknown): void {
  const state = readSafely(() => connection.iceGatheringState, undefined)
  if (state === 'gathering') {
    update(connection, { gatheringAt: timeOf(event), gatheredAt: undefined, candidateErrors: [] })
  } else if (state === 'complete') update(connection, { gatheredAt: timeOf(event) })
}

/** Records an `icecandidateerror` event. */
export function recordCandidateError(connection: AttachableConnection, event: unknown): void {
  const { url, errorCode: code, errorText } = event as { url: string; errorCode: number; errorText?: string }
  const { candidateErrors, gatheringAt } = histories.get(connection) ?? EMPTY
  if (candidateErrors.some((error) => error.url === url && error.code === code)) return
  const afterMs = differenceOf(timeOf(event), gatheringAt)
  // The text of a server can contain anything. With 701 it is the browser's own.
  const text = code === SERVER_UNREACHABLE ? errorText : undefined
  update(connection, { candidateErrors: [...candidateErrors, { url, code, text, afterMs }] })
}

/** Records how a restart of the library ended, or that the next one is requested. */
export function recordRestart(
  connection: AttachableConnection,
  failed: Omit<FailedRestart, 'remoteUfrag'> | undefined,
): void {
  const [remoteUfrag] = readSafely(() => readUfrags(connection.remoteDescription), [])
  update(connection, { failedRestart: failed && { ...failed, remoteUfrag } })
}

/** Returns the difference of two times in whole ms, if both are known. */
export function differenceOf(end: number | undefined, start: number | undefined): number | undefined {
  return end === undefined || start === undefined ? undefined : Math.round(end - start)
}

function update(connection: AttachableConnection, change: Partial<ConnectionHistory>): void {
  histories.set(connection, { ...(histories.get(connection) ?? EMPTY), ...change })
}

function timeOf(event: unknown): number | undefined {
  return (event as { timeStamp?: number } | undefined)?.timeStamp
}

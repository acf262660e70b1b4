import { createDeferred, rejectOnAbort } from '../abortable.js'
import { explainRTCIceServer, type RTCIceServer } from '../config/ice-server.js'
import { describeStunError, SERVER_UNREACHABLE } from '../config/stun-error-codes.js'
import { gather, measureRoundTrip } from './gather-candidate.js'

/** A TURN server that lets no message through to itself is not waited for any longer. */
const ROUND_TRIP_TIMEOUT_MS = 3000

/**
 * - `ok`: it gave a candidate, or for STUN answered that none is needed.
 * - `refused`: it answered with an error, see `errorCode`.
 * - `unreachable`: the browser gave up.
 * - `timeout`: neither a candidate nor an error in time.
 * - `blocked`: this browser refuses the URL, as Firefox does with `stuns:` and some ports.
 * - `invalid`: every browser refuses it.
 */
export type IceServerVerdict = 'ok' | 'refused' | 'unreachable' | 'timeout' | 'blocked' | 'invalid'

/** What there is to find out of a URL. */
export interface IceServerProbeResult {
  /** What came of it. */
  readonly verdict: IceServerVerdict
  /** The verdict in words. */
  readonly message: string
  /** Whether the server answered, be it with an error. */
  readonly isReachable: boolean
  /** What it answered, such as 401; 701 if there was no answer. */
  readonly errorCode?: number | undefined
  /** The kind of candidate that it gave: `relay` for TURN, `srflx` for STUN. */
  readonly candidateType?: 'relay' | 'srflx' | undefined
  /** Of that candidate's address, where the browser shows it. */
  readonly addressFamily?: 'IPv4' | 'IPv6' | undefined
  /**
   * From here to the TURN server and back, in ms: half the time that a message takes through it to this page and back
   * again. Absent for STUN, and if no message came through.
   */
  readonly roundTripMs?: number | undefined
}

/**
 * Gathers from one URL, and closes what it opened.
 *
 * @throws {@link IceServerError} when the signal fires.
 */
export async function probe(
  server: RTCIceServer & { urls: string },
  timeoutMs: number,
  signal: AbortSignal,
): Promise<IceServerProbeResult> {
  const [problem] = explainRTCIceServer(server)
  if (problem) return { verdict: 'invalid', message: problem, isReachable: false }
  const candidateType = /^turn/i.test(server.urls) ? 'relay' : 'srflx'
  const isTurn = candidateType === 'relay'
  const connections: RTCPeerConnection[] = []
  const connect = () => {
    const connection = new RTCPeerConnection({
      iceServers: [server],
      iceTransportPolicy: isTurn ? 'relay' : 'all',
    })
    connections.push(connection)
    return connection
  }
  try {
    const near = connect()
    const channel = near.createDataChannel('turnkeeper')
    const { candidate, errorCodes } = gather(near, candidateType)
    const found = await within(timeoutMs, signal, candidate)
    if (!found) return explainAbsence(server.urls, errorCodes, found === null)

    const roundTripMs = isTurn
      ? await within(ROUND_TRIP_TIMEOUT_MS, signal, measureRoundTrip(near, channel, connect()))
      : undefined
    const isSilent = isTurn && roundTripMs === undefined
    return {
      verdict: 'ok',
      message: `it gives a ${candidateType} candidate${isSilent ? ', but nothing came back through it' : ''}`,
      isReachable: true,
      candidateType,
      addressFamily: found.address ? (found.address.includes(':') ? 'IPv6' : 'IPv4') : undefined,
      roundTripMs,
    }
  } catch (error) {
    if (signal.aborted) throw error
    return {
      verdict: 'blocked',
      message: `this browser refuses it: ${(error as Error).message}`,
      isReachable: false,
    }
  } finally {
    for (const connection of connections) connection.close()
  }
}

/** What it means that there is no candidate. */
function explainAbsence(
  url: string,
  errorCodes: readonly number[],
  isThrough: boolean,
): IceServerProbeResult {
  const errorCode = errorCodes.find((code) => code !== SERVER_UNREACHABLE) ?? errorCodes[0]
  if (errorCode !== undefined) {
    const isReachable = errorCode !== SERVER_UNREACHABLE
    const verdict = isReachable ? 'refused' : 'unreachable'
    return { verdict, message: describeStunError(errorCode), isReachable, errorCode }
  }
  if (!isThrough) {
    return {
      verdict: 'timeout',
      message: 'no response in time: the server is down, or the port is closed or blocked',
      isReachable: false,
    }
  }
  if (/^turn/i.test(url))
    return { verdict: 'unreachable', message: describeStunError(SERVER_UNREACHABLE), isReachable: false }
  return { verdict: 'ok', message: 'it answers: this device is not behind a NAT', isReachable: true }
}

/** Gives `undefined` if it takes too long. */
function within<T>(timeoutMs: number, signal: AbortSignal, promise: Promise<T>): Promise<T | undefined> {
  const late = createDeferred<undefined>()
  const timer = setTimeout(late.resolve, timeoutMs)
  return rejectOnAbort(Promise.race([promise, late.promise]), signal).finally(() => clearTimeout(timer))
}

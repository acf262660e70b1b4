/** Tests one URL of an ICE server with connections of its own. */
import { withTimeout } from '../abortable.js'
import { formatProblem, type RTCIceServer, validateServer } from '../config/ice-server.js'
import { type IceUrl, isTurnScheme } from '../config/ice-url.js'
import { describeStunError, SERVER_UNREACHABLE } from '../config/stun-error-codes.js'
import { gatherCandidate, measureRoundTrip } from './gather-candidate.js'

/** A TURN server that relays no message is not waited for any longer. */
const ROUND_TRIP_TIMEOUT_MS = 3000

/**
 * - `ok`: the browser received a candidate; for STUN also if the server responded and no candidate is needed.
 * - `rejected`: the server responded with an error, see `errorCode`.
 * - `unreachable`: the browser gave up without a response.
 * - `timeout`: neither a candidate nor an error in time.
 * - `blocked`: this browser rejects the URL, as Firefox does with `stuns:` and some ports.
 * - `invalid`: every browser rejects the URL or its credentials.
 * @group Diagnostics
 */
export type IceServerVerdict = 'ok' | 'rejected' | 'unreachable' | 'timeout' | 'blocked' | 'invalid'

/** Result of the test of one URL. @group Diagnostics */
export interface IceServerProbeResult {
  /** What the test found out. */
  readonly verdict: IceServerVerdict
  /** Explains the verdict. */
  readonly message: string
  /** Whether the server responded, also with an error. */
  readonly isReachable: boolean
  /** STUN error code, such as 401; 701 if no server responded. */
  readonly errorCode?: number | undefined
  /** Type of the candidate: `relay` for TURN, `srflx` for STUN. */
  readonly candidateType?: 'relay' | 'srflx' | undefined
  /** Family of the candidate's address, where the browser exposes it. */
  readonly addressFamily?: 'IPv4' | 'IPv6' | undefined
  /**
   * Round trip time to the TURN server in ms: half the time that a message takes through the server to this page and
   * back. Absent for STUN, and if no message was relayed.
   */
  readonly roundTripMs?: number | undefined
}

/** A server with a single URL. */
export type SingleUrlServer = RTCIceServer & { urls: string }

/**
 * Resolves with the result of gathering from one URL. Closes its connections.
 *
 * @throws {@link IceServerError} when the signal aborts.
 */
export async function probeUrl(
  server: SingleUrlServer,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<IceServerProbeResult> {
  const { problems, urls } = validateServer(server)
  const [url] = urls
  if (problems.length > 0 || !url) {
    return { verdict: 'invalid', message: problems.map(formatProblem).join('; '), isReachable: false }
  }
  const isTurn = isTurnScheme(url.scheme)
  const candidateType = isTurn ? 'relay' : 'srflx'
  const connections: RTCPeerConnection[] = []
  const connect = () => {
    const iceTransportPolicy = isTurn ? 'relay' : 'all'
    const connection = new RTCPeerConnection({ iceServers: [server], iceTransportPolicy })
    connections.push(connection)
    return connection
  }
  try {
    const localPeer = connect()
    const channel = localPeer.createDataChannel('turnkeeper')
    const gathering = gatherCandidate(localPeer, candidateType)
    const candidate = await withTimeout(timeoutMs, gathering.candidate, signal)
    if (!candidate) return explainMissingCandidate(url, gathering.errorCodes, candidate === null)

    const roundTripMs = isTurn
      ? await withTimeout(ROUND_TRIP_TIMEOUT_MS, measureRoundTrip(localPeer, channel, connect()), signal)
      : undefined
    const hasNoRoundTrip = isTurn && roundTripMs === undefined
    return {
      verdict: 'ok',
      message: `received a ${candidateType} candidate${hasNoRoundTrip ? ', but nothing came back through the server' : ''}`,
      isReachable: true,
      candidateType,
      addressFamily: addressFamilyOf(candidate),
      roundTripMs,
    }
  } catch (error) {
    if (signal.aborted) throw error
    const message = `this browser rejects the URL: ${(error as Error).message}`
    return { verdict: 'blocked', message, isReachable: false }
  } finally {
    for (const connection of connections) connection.close()
  }
}

function explainMissingCandidate(
  url: IceUrl,
  errorCodes: readonly number[],
  isGatheringComplete: boolean,
): IceServerProbeResult {
  const errorCode = errorCodes.find((code) => code !== SERVER_UNREACHABLE) ?? errorCodes[0]
  if (errorCode !== undefined) {
    const isReachable = errorCode !== SERVER_UNREACHABLE
    const verdict = isReachable ? 'rejected' : 'unreachable'
    return { verdict, message: describeStunError(errorCode), isReachable, errorCode }
  }
  if (!isGatheringComplete) return { verdict: 'timeout', message: explainTimeout(url), isReachable: false }
  if (isTurnScheme(url.scheme)) {
    return { verdict: 'unreachable', message: describeStunError(SERVER_UNREACHABLE), isReachable: false }
  }
  return { verdict: 'ok', message: 'the server responds; this device is not behind a NAT', isReachable: true }
}

/** Chromium sends no packet to port 53 and reports no error, see {@link withoutPort53}. */
function explainTimeout({ port }: IceUrl): string {
  const cause = port === 53 ? ', or this browser is Chromium, which sends nothing to port 53' : ''
  return `no response in time: the server is down, or the port is closed or blocked${cause}`
}

/** The address is `null` where the browser hides it. */
function addressFamilyOf({ address }: RTCIceCandidate): 'IPv4' | 'IPv6' | undefined {
  if (!address) return undefined
  return address.includes(':') ? 'IPv6' : 'IPv4'
}

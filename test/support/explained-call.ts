/** Calls that fail for a known cause, in the pages of the browser tests. */
import type { ConnectionExplanation, RTCIceServer } from 'turnkeeper'

/** What happens to the messages between the two peers of a call. */
type Signaling =
  | 'delivers'
  | 'drops SDP answers'
  | 'never sets SDP answers'
  | 'drops candidates'
  | 'alters fingerprints'
  | 'alters ports'
  | 'repeats the first SDP answer'

/** A call between two peers of a page, which have the same servers. */
export interface CallOptions {
  readonly iceServers: readonly RTCIceServer[]
  /** The servers after a rotation. */
  readonly nextServers?: readonly RTCIceServer[]
  /** @defaultValue `'relay'` */
  readonly iceTransportPolicy?: RTCIceTransportPolicy
  /** @defaultValue `'delivers'` */
  readonly signaling?: Signaling
  /** @defaultValue true */
  readonly isAttached?: boolean
  /** Whose connection is explained. @defaultValue `'caller'` */
  readonly peer?: 'caller' | 'callee'
}

/** The global `call` of the page. */
export interface RunningCall {
  /** Explanations of restarts that failed. */
  readonly failures: (ConnectionExplanation | undefined)[]
  explain(): Promise<ConnectionExplanation>
  /** Resolves with the explanation once nothing is in progress. */
  explainResult(): Promise<ConnectionExplanation>
  explainInSnapshot(): ConnectionExplanation | undefined
  rotate(): Promise<unknown>
  close(): void
}
export type PageWithCall = typeof globalThis & { call: RunningCall }

/** Runs in the page, after `installCalls`. */
export function startCall({
  iceServers,
  nextServers = iceServers,
  iceTransportPolicy = 'relay',
  signaling = 'delivers',
  isAttached = true,
  peer = 'caller',
}: CallOptions): void {
  type Message = Parameters<ReturnType<typeof Calls.negotiatePerfectly>>[0]
  let servers = iceServers
  const provider = new TurnKeeper.IceServerProvider(() => ({ iceServers: servers, ttl: 3600 }))
  const failures: RunningCall['failures'] = []
  provider.on('restart', ({ status, explanation }) => status === 'failed' && failures.push(explanation))
  const createPeer = () => new RTCPeerConnection({ iceServers: [...iceServers], iceTransportPolicy })
  const [caller, callee] = [createPeer(), createPeer()]
  const connection = peer === 'caller' ? caller : callee
  if (isAttached) provider.attach(connection)

  let firstAnswer: RTCSessionDescriptionInit | undefined
  /** Returns what arrives at the other peer, if anything does. */
  const alter = ({ description, candidate }: Message): Message | undefined => {
    const message = description ? { description } : { candidate: candidate ?? null }
    const type = description?.type
    const sdp = description?.sdp ?? ''
    if (type === 'answer') firstAnswer ??= description ?? undefined
    const isAnswer = type === 'answer'
    switch (signaling) {
      case 'drops SDP answers':
        return isAnswer ? undefined : message
      case 'drops candidates':
        return type && { description: { type, sdp: sdp.replace(/^a=(candidate|end-of).*\r\n/gm, '') } }
      case 'alters ports':
        if (type)
          return { description: { type, sdp: sdp.replace(/^(a=candidate.*) \d+ typ/gm, '$1 50009 typ') } }
        if (!candidate?.candidate) return message
        return {
          candidate: { ...candidate, candidate: candidate.candidate.replace(/ \d+ typ/, ' 50009 typ') },
        }
      case 'alters fingerprints':
        if (!isAnswer) return message
        return { description: { type, sdp: sdp.replace(/^(a=fingerprint:\S+ )../gm, '$100') } }
      case 'repeats the first SDP answer':
        return isAnswer && firstAnswer ? { description: firstAnswer } : message
      default:
        return message
    }
  }
  const deliver = (message: Message | undefined, receive: (message: Message) => void) =>
    message && setTimeout(() => receive(message))
  const toCallee = Calls.negotiatePerfectly(callee, true, (message) => deliver(alter(message), toCaller))
  const toCaller = Calls.negotiatePerfectly(caller, false, (message) => deliver(alter(message), toCallee))
  if (signaling === 'never sets SDP answers') callee.setLocalDescription = () => new Promise(() => {})
  caller.createDataChannel('data')

  const explain = () => TurnKeeper.explain(connection)
  const call: RunningCall = {
    failures,
    explain,
    async explainResult() {
      let explanation: ConnectionExplanation | undefined
      for (
        let count = 0;
        !explanation || (count < 20 && /connecting|gathering/.test(explanation.verdict));
        count++
      ) {
        await new Promise((resolve) => setTimeout(resolve, 3000))
        explanation = await explain()
      }
      return explanation
    },
    explainInSnapshot: () => provider.snapshot().connections[0]?.explanation,
    rotate() {
      servers = nextServers
      return provider.refresh()
    },
    close() {
      provider.close()
      caller.close()
      callee.close()
    },
  }
  Object.assign(globalThis, { call })
}

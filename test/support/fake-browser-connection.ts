/** A stand-in for the `RTCPeerConnection` of a browser, which negotiates, and its remote peer. */
import { afterEach, beforeEach, vi } from 'vitest'
import { OLD } from './attached-provider.js'
import { createFakeConnection } from './fake-connection.js'
import { useFakeClock, useRealClock } from './time.js'

const RELAY_CANDIDATE = 'a=candidate:1 1 udp 1 192.0.2.1 3478 typ relay\r\n'

/** A session description with nothing but its username fragment and, in an offer, a relay candidate. */
export interface FakeDescription {
  readonly type: RTCSdpType
  readonly sdp: string
}

export const describeUfrag = (type: RTCSdpType, ufrag: string): FakeDescription => ({
  type,
  sdp: `v=0\r\na=ice-ufrag:${ufrag}\r\n${type === 'offer' ? RELAY_CANDIDATE : ''}`,
})
export const offerOf = (ufrag: string) => describeUfrag('offer', ufrag)
export const answerOf = (ufrag: string) => describeUfrag('answer', ufrag)
export const ufragOf = (description: { readonly sdp: string } | null) =>
  /ice-ufrag:(\w+)/.exec(description?.sdp ?? '')?.[1]

const createCandidate = () => ({ type: 'relay', toJSON: () => ({ candidate: RELAY_CANDIDATE }) })

const invalidState = (what: string) => new DOMException(`${what} in the wrong state`, 'InvalidStateError')

/** Connected through a relay, with the username fragments `u1` and `r1`. `useBrowserConnections()` makes it the browser's. */
export class FakeBrowserConnection extends EventTarget {
  readonly #fake: ReturnType<typeof createFakeConnection>
  #ufrags = 1
  #isRestartRequested = false
  #signalingState: RTCSignalingState = 'stable'
  iceConnectionState: RTCIceConnectionState = 'connected'
  localDescription: FakeDescription | null = offerOf('u1')
  currentLocalDescription: FakeDescription | null = this.localDescription
  remoteDescription: FakeDescription | null = answerOf('r1')
  currentRemoteDescription: FakeDescription | null = this.remoteDescription
  /** Username fragments of the offers that became the local description, the latest last. */
  readonly offers: (string | undefined)[] = []
  /** Candidates that the app has added. */
  readonly remoteCandidates: unknown[] = []
  /** How the TURN server reacts to the next offer: with an allocation, with an error, or not yet. */
  turnServer: 'allocates' | 'rejects' | 'is silent' = 'allocates'
  getStats: ReturnType<typeof createFakeConnection>['getStats']

  constructor(configuration: RTCConfiguration = { iceServers: OLD }) {
    super()
    this.#fake = createFakeConnection(configuration)
    this.getStats = this.#fake.getStats
  }

  getConfiguration(): RTCConfiguration {
    return this.#fake.getConfiguration()
  }

  setConfiguration(configuration: RTCConfiguration): void {
    this.#fake.setConfiguration(configuration)
  }

  /** Of the prototype, as in browsers. */
  get signalingState(): RTCSignalingState {
    return this.#signalingState
  }

  get iceServers() {
    return this.#fake.iceServers
  }

  /** Makes the next offer an ICE restart. */
  protected requestRestart(): void {
    this.#isRestartRequested = true
  }

  restartIce(): void {
    this.requestRestart()
    if (this.#signalingState === 'stable') this.dispatchEvent(new Event('negotiationneeded'))
  }

  /** Accepts the options first, or after two callbacks. */
  async createOffer(...args: unknown[]): Promise<FakeDescription> {
    if (this.#signalingState === 'closed') throw invalidState('an offer')
    const [onSuccess] = args
    const hasCallbacks = typeof onSuccess === 'function'
    const options = args[hasCallbacks ? 2 : 0] as RTCOfferOptions | undefined
    const restarts = options?.iceRestart || this.#isRestartRequested
    const offer = restarts
      ? offerOf(`u${++this.#ufrags}`)
      : offerOf(`${ufragOf(this.currentLocalDescription)}`)
    if (hasCallbacks) onSuccess(offer)
    return offer
  }

  async setLocalDescription(description?: { type?: string; sdp?: string }, ..._: unknown[]): Promise<void> {
    const isAnswering = this.#signalingState === 'have-remote-offer'
    if (description?.type === 'rollback') {
      if (this.#signalingState === 'stable') throw invalidState('rollback')
      this.localDescription = this.currentLocalDescription
      this.remoteDescription = this.currentRemoteDescription
      this.changeSignalingState('stable')
      // The restart is still wanted (W3C webrtc-pc, update the negotiation-needed flag).
      if (this.#isRestartRequested) this.dispatchEvent(new Event('negotiationneeded'))
    } else if (isAnswering) {
      if (description?.type === 'offer') throw invalidState('offer')
      const isRestart = ufragOf(this.remoteDescription) !== ufragOf(this.currentRemoteDescription)
      this.localDescription = isRestart
        ? answerOf(`u${++this.#ufrags}`)
        : answerOf(`${ufragOf(this.currentLocalDescription)}`)
      this.#complete()
    } else {
      const offer = description?.sdp ? offerOf(`${ufragOf({ sdp: description.sdp })}`) : undefined
      const created = offer ?? (await FakeBrowserConnection.prototype.createOffer.call(this))
      const hasRelay = this.turnServer === 'allocates'
      this.localDescription = hasRelay
        ? created
        : { ...created, sdp: created.sdp.replace(RELAY_CANDIDATE, '') }
      this.offers.push(ufragOf(this.localDescription))
      this.changeSignalingState('have-local-offer')
      if (hasRelay)
        this.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate: createCandidate() }))
      if (this.turnServer === 'rejects') this.completeGathering(false)
    }
  }

  createDataChannel(): void {}

  close(): void {
    this.#signalingState = 'closed'
  }

  async addIceCandidate(candidate: unknown): Promise<void> {
    this.remoteCandidates.push(candidate)
  }

  /** Completes gathering: with a relay candidate, or without. */
  completeGathering(hasRelay: boolean): void {
    const { type = 'offer', sdp = '' } = this.localDescription ?? {}
    this.localDescription = { type, sdp: hasRelay ? sdp + RELAY_CANDIDATE : sdp }
    this.dispatchEvent(Object.assign(new Event('icecandidate'), { candidate: null }))
  }

  async setRemoteDescription(
    description: { type?: string; sdp?: string },
    onSuccess?: unknown,
    ..._: unknown[]
  ): Promise<void> {
    const { type, sdp = '' } = description
    if (type !== 'offer' && this.#signalingState === 'stable') throw invalidState(`${type}`)
    // An offer rolls the local one back (W3C webrtc-pc, implicit rollback).
    if (type === 'offer') this.localDescription = this.currentLocalDescription
    this.remoteDescription = describeUfrag(type as RTCSdpType, `${ufragOf({ sdp })}`)
    if (type === 'answer') this.#complete()
    else this.changeSignalingState(type === 'offer' ? 'have-remote-offer' : 'have-remote-pranswer')
    if (typeof onSuccess === 'function') onSuccess()
  }

  changeIceState(state: RTCIceConnectionState): void {
    this.iceConnectionState = state
    this.dispatchEvent(new Event('iceconnectionstatechange'))
  }

  /** A negotiation that the remote peer begins. */
  async negotiateFromRemote(remoteUfrag: string): Promise<void> {
    await this.setRemoteDescription(offerOf(remoteUfrag))
    await this.setLocalDescription()
  }

  /** Whether a negotiation answers the request for a restart. */
  protected completesRestart(): boolean {
    return true
  }

  #complete(): void {
    if (this.completesRestart()) this.#isRestartRequested = false
    this.currentLocalDescription = this.localDescription
    this.currentRemoteDescription = this.remoteDescription
    this.changeSignalingState('stable')
  }

  protected changeSignalingState(state: RTCSignalingState): void {
    this.#signalingState = state
    this.dispatchEvent(new Event('signalingstatechange'))
  }
}

/**
 * As Firefox: the only browser with identity assertions. After a change of the servers every offer restarts ICE, until a remote
 * peer has answered one with a restart of its own.
 */
export class FakeFirefoxConnection extends FakeBrowserConnection {
  peerIdentity = Promise.resolve()

  override setConfiguration(configuration: RTCConfiguration): void {
    super.setConfiguration(configuration)
    this.requestRestart()
  }

  protected override completesRestart(): boolean {
    return ufragOf(this.remoteDescription) !== ufragOf(this.currentRemoteDescription)
  }
}

/** Makes the fake connections those of the browser, with a fake clock, in all tests of the file or the suite. */
export function useBrowserConnections(): void {
  beforeEach(() => {
    useFakeClock()
    vi.stubGlobal('RTCPeerConnection', FakeBrowserConnection)
  })
  afterEach(() => {
    vi.unstubAllGlobals()
    useRealClock()
  })
}

/** Makes an offer at each `negotiationneeded`, as an app, and applies the answer unless the remote peer returns none. */
export function connectApp(
  pc: FakeBrowserConnection,
  respond: (offers: number) => FakeDescription | undefined,
): void {
  pc.addEventListener('negotiationneeded', async () => {
    await pc.setLocalDescription()
    const answer = respond(pc.offers.length)
    if (answer) await pc.setRemoteDescription(answer)
  })
}

/** The methods that a restart in progress overrides. */
const OVERRIDDEN = [
  'createOffer',
  'setLocalDescription',
  'setRemoteDescription',
  'addIceCandidate',
  'restartIce',
] as const

/** Returns the overridden methods of a connection. */
export const overriddenMethodsOf = (pc: FakeBrowserConnection) =>
  OVERRIDDEN.filter((name) => pc[name] !== FakeBrowserConnection.prototype[name])

/** Two fake connections of a browser with data channels, which reach each other. */
import { vi } from 'vitest'
import { type InBandConnection, InBandNegotiator } from '../../src/peer/in-band/negotiator.js'
import { negotiateRestart } from '../../src/peer/restart-negotiation.js'
import { signalingStateOf } from '../../src/peer/signaling-state.js'
import {
  answerOf,
  FakeBrowserConnection,
  type FakeDescription,
  offerOf,
  ufragOf,
} from './fake-browser-connection.js'
import { advance } from './time.js'

/** One end of a data channel. Messages arrive in the next microtask. */
export class FakeDataChannel extends EventTarget {
  readyState = 'connecting'
  remote: FakeDataChannel | undefined
  readonly sent: string[] = []

  constructor(
    readonly label: string,
    readonly options: { readonly negotiated?: boolean; readonly id?: number } = {},
  ) {
    super()
  }

  send(data: string): void {
    this.sent.push(data)
    queueMicrotask(() => this.remote?.receive(data))
  }

  receive(data: unknown): void {
    if (this.readyState === 'open') this.dispatchEvent(Object.assign(new Event('message'), { data }))
  }

  open(): void {
    this.readyState = 'open'
    this.dispatchEvent(new Event('open'))
  }

  close(): void {
    this.readyState = 'closed'
    this.dispatchEvent(new Event('close'))
  }
}

/** With a data section, and with answers of its own. */
export class FakeDataConnection extends FakeBrowserConnection {
  readonly channels: FakeDataChannel[] = []
  /** The methods that reject. */
  readonly failing = new Set<'createOffer' | 'createAnswer' | 'setRemoteDescription'>()

  override async createOffer(...args: unknown[]): Promise<FakeDescription> {
    if (this.failing.has('createOffer')) throw new Error('createOffer failed')
    return super.createOffer(...args)
  }

  override async setRemoteDescription(description: { type?: string; sdp?: string }): Promise<void> {
    if (description.type === 'rollback') {
      this.remoteDescription = this.currentRemoteDescription
      this.changeSignalingState('stable')
      return
    }
    if (this.failing.has('setRemoteDescription')) throw new Error('setRemoteDescription failed')
    await super.setRemoteDescription(description)
  }

  /** An id that is in use is rejected (W3C webrtc-pc, `createDataChannel()`). */
  override createDataChannel(label = '', options: FakeDataChannel['options'] = {}): FakeDataChannel {
    const isInUse =
      options.id !== undefined && this.channels.some((channel) => channel.options.id === options.id)
    if (isInUse) throw new DOMException('the id is in use', 'OperationError')
    const channel = new FakeDataChannel(label, options)
    this.channels.push(channel)
    return channel
  }

  async createAnswer(..._: unknown[]): Promise<FakeDescription> {
    if (this.failing.has('createAnswer')) throw new Error('createAnswer failed')
    if (signalingStateOf(this as never) !== 'have-remote-offer')
      throw new DOMException('no offer', 'InvalidStateError')
    return answerOf(`${ufragOf(this.currentLocalDescription)}`)
  }

  get inBandChannel(): FakeDataChannel | undefined {
    return this.channels.find(({ label }) => label === 'turnkeeper')
  }
}

/** Connects the in-band channels of both. */
export function connectInBand(a: FakeDataConnection, b: FakeDataConnection): void {
  const [first, second] = [a.inBandChannel, b.inBandChannel]
  if (first) first.remote = second
  if (second) second.remote = first
}

/** Creates one peer. `random` decides whether it is polite. */
export function createEnd(random: number, isForced = true, pc = new FakeDataConnection()) {
  const onMissing = vi.fn()
  vi.spyOn(Math, 'random').mockReturnValueOnce(random)
  const connection = pc as unknown as InBandConnection
  const negotiator = new InBandNegotiator(connection, isForced, () => performance.now(), onMissing)
  const seen: string[] = []
  pc.addEventListener('signalingstatechange', () => seen.push(pc.signalingState))
  pc.addEventListener('icecandidate', () => seen.push('icecandidate'))
  return { pc, negotiator, onMissing, seen }
}

/** Creates two peers, the second of which is polite. */
export async function createPair() {
  const [a, b] = [createEnd(0.9), createEnd(0.1)]
  connectInBand(a.pc, b.pc)
  a.pc.inBandChannel?.open()
  b.pc.inBandChannel?.open()
  await advance(0)
  return { a, b }
}

type End = ReturnType<typeof createEnd>

/** Makes a peer receive a message. */
export const deliver = ({ pc }: Pick<End, 'pc'>, message: object) =>
  pc.inBandChannel?.receive(JSON.stringify(message))

/** Makes a peer receive an offer. */
export const deliverOffer = (end: Pick<End, 'pc'>, negotiation: string, ufrag = 'r2') =>
  deliver(end, { type: 'offer', negotiation, sdp: offerOf(ufrag).sdp })

/** Returns the messages that a peer has sent. */
export const sentBy = ({ pc }: Pick<End, 'pc'>) =>
  (pc.inBandChannel?.sent ?? []).map((data) => JSON.parse(data))

/** Creates the polite one of two peers, without the other one. */
export function createPoliteEnd(pc = new FakeDataConnection()): End {
  const end = createEnd(0.1, true, pc)
  pc.inBandChannel?.open()
  deliver(end, { type: 'hello', id: 0.9 })
  return end
}

/** Follows a restart, as the attachment of a connection does. */
export const followRestart = ({ pc }: Pick<End, 'pc'>, isOfferedByApp: boolean) =>
  negotiateRestart(pc as never, { isOfferedByApp, needsRelay: false, onRejectedAnswer: () => {} })

/** Creates two peers as {@link createPair}, of which messages of the second one do not arrive. `answers` are those that it sent. */
export async function createSilentPair() {
  const { a, b } = await createPair()
  const answers = () => sentBy(b).filter(({ type }) => type === 'answer')
  if (b.pc.inBandChannel) b.pc.inBandChannel.remote = undefined
  return { a, b, answers }
}

/** Returns the signaling state, also while it is hidden from the app. */
export const stateOf = ({ pc }: { readonly pc: FakeDataConnection }) => signalingStateOf(pc as never)

/** Resolves with `done`, or with the message of the error. */
export const settled = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    ({ message }) => message as string,
  )

/** Sends STUN and TURN requests, and waits for their responses. */
import { createHash } from 'node:crypto'
import { readAddress, readErrorCode, readLifetimeSeconds, type TransportAddress } from './attributes.js'
import {
  ATTRIBUTE,
  decodeResponse,
  encodeRequest,
  METHOD,
  type StunAttribute,
  type StunMethod,
  type StunResponse,
} from './message.js'
import { toStunError } from './stun-error.js'
import type { StunTransport } from './transport.js'

/** Long-term credentials of a TURN server. */
export interface TurnCredentials {
  readonly username: string
  readonly credential: string
}

/** What a TURN server allocated. */
export interface Allocation {
  readonly relayedAddress: TransportAddress
  /** The address of this device as the server sees it. */
  readonly mappedAddress: TransportAddress | undefined
  readonly lifetimeSeconds: number | undefined
  /** Whether the server has verified the credentials. One that has not relays for everybody. */
  readonly isAuthenticated: boolean
}

/** The realm and the nonce with which the server challenges a request without credentials (RFC 8489 §9.2). */
interface Challenge {
  readonly realm: Buffer
  readonly nonce: Buffer
  readonly key: Buffer
}

/** Retransmissions over UDP: after 500 ms, then after twice as long (RFC 8489 §6.2.1). The caller's signal ends them. */
const INITIAL_RETRANSMISSION_MS = 500

/** Limits the requests to a server that rejects even the nonce that it has just sent. */
const MAX_CHALLENGES = 3

/** REQUESTED-TRANSPORT: the IP protocol number of UDP (RFC 8656 §18.8). */
const UDP = Buffer.from([17, 0, 0, 0])

/** A client of one server over one transport. Its requests can run at the same time. */
export class TurnClient {
  readonly #transport: StunTransport
  readonly #credentials: TurnCredentials
  readonly #pending = new Map<string, PromiseWithResolvers<StunResponse>>()
  #challenge: Challenge | undefined
  #closeReason: Error | undefined

  constructor(transport: StunTransport, credentials: TurnCredentials) {
    this.#transport = transport
    this.#credentials = credentials
    transport.onMessage = (bytes) => this.#receive(bytes)
    transport.onClose = (reason) => this.#end(reason)
  }

  /** Resolves with the address of this device as the server sees it (RFC 8489 §14.2). */
  async bind(signal: AbortSignal): Promise<TransportAddress> {
    const response = await this.#request('binding', [], undefined, signal)
    if (!response.isSuccess) throw toStunError(response)
    return required(readAddress(response, 'xorMappedAddress'))
  }

  /** Allocates a relayed address for UDP (RFC 8656 §7). */
  async allocate(signal: AbortSignal): Promise<Allocation> {
    const response = await this.#authenticate('allocate', [[ATTRIBUTE.requestedTransport, UDP]], signal)
    return {
      relayedAddress: required(readAddress(response, 'xorRelayedAddress')),
      mappedAddress: readAddress(response, 'xorMappedAddress'),
      lifetimeSeconds: readLifetimeSeconds(response),
      isAuthenticated: this.#challenge !== undefined,
    }
  }

  /** Refreshes the allocation, or releases it with a lifetime of 0 (RFC 8656 §8). */
  async refresh(signal: AbortSignal, lifetimeSeconds?: number): Promise<void> {
    const attributes: StunAttribute[] = []
    if (lifetimeSeconds !== undefined) {
      const value = Buffer.alloc(4)
      value.writeUInt32BE(lifetimeSeconds)
      attributes.push([ATTRIBUTE.lifetime, value])
    }
    await this.#authenticate('refresh', attributes, signal)
  }

  /** Closes the connection. Pending requests reject. */
  close(): void {
    this.#end(new Error('the connection was closed'))
    this.#transport.close()
  }

  /**
   * Sends a request with the credentials, after the server has sent the challenge for it. Like browsers, it signs with
   * MESSAGE-INTEGRITY and an MD5 key (RFC 8489 §9.2.2).
   */
  async #authenticate(
    method: StunMethod,
    attributes: readonly StunAttribute[],
    signal: AbortSignal,
  ): Promise<StunResponse> {
    for (let challenges = 0; ; challenges++) {
      const challenge = this.#challenge
      const response = await this.#request(
        method,
        challenge ? [...attributes, ...this.#credentialAttributes(challenge)] : attributes,
        challenge?.key,
        signal,
      )
      if (response.isSuccess && (!challenge || response.hasIntegrity(challenge.key))) return response
      if (response.isSuccess)
        throw new Error('the response has no valid MESSAGE-INTEGRITY, so browsers ignore it')
      const next = this.#readChallenge(response)
      if (!next || challenges === MAX_CHALLENGES) throw toStunError(response)
      this.#challenge = next
    }
  }

  /** Returns the challenge if the response is one: 401 to a request without credentials, or 438 for an old nonce. */
  #readChallenge(response: StunResponse): Challenge | undefined {
    const realm = response.attributes.get(ATTRIBUTE.realm)
    const nonce = response.attributes.get(ATTRIBUTE.nonce)
    const expectedCode = this.#challenge ? 438 : 401
    if (!realm || !nonce || readErrorCode(response).code !== expectedCode) return undefined
    const { username, credential } = this.#credentials
    const key = createHash('md5').update(`${username}:`).update(realm).update(`:${credential}`).digest()
    return { realm, nonce, key }
  }

  #credentialAttributes({ realm, nonce }: Challenge): StunAttribute[] {
    return [
      [ATTRIBUTE.username, Buffer.from(this.#credentials.username)],
      [ATTRIBUTE.realm, realm],
      [ATTRIBUTE.nonce, nonce],
    ]
  }

  /** Sends one request, again and again over UDP, until its response arrives, the transport closes or the signal aborts. */
  async #request(
    method: StunMethod,
    attributes: readonly StunAttribute[],
    key: Buffer | undefined,
    signal: AbortSignal,
  ): Promise<StunResponse> {
    signal.throwIfAborted()
    if (this.#closeReason) throw this.#closeReason
    const { bytes, transactionId } = encodeRequest(METHOD[method], attributes, key)
    const pending = withResolvers<StunResponse>()
    const abort = () => pending.reject(signal.reason)
    let timer: NodeJS.Timeout | undefined
    const send = (delayMs: number) => {
      this.#transport.send(bytes)
      if (!this.#transport.isReliable) timer = setTimeout(send, delayMs, delayMs * 2)
    }
    this.#pending.set(transactionId, pending)
    signal.addEventListener('abort', abort, { once: true })
    try {
      send(INITIAL_RETRANSMISSION_MS)
      const response = await pending.promise
      if (response.method !== METHOD[method]) throw new Error('the response is one to another method')
      return response
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
      this.#pending.delete(transactionId)
    }
  }

  #end(reason: Error): void {
    this.#closeReason = reason
    for (const { reject } of this.#pending.values()) reject(reason)
  }

  #receive(bytes: Buffer): void {
    const response = decodeResponse(bytes)
    if (response) this.#pending.get(response.transactionId)?.resolve(response)
  }
}

/** A success response without its address is of no use (RFC 8489 §6.3.3). */
function required(address: TransportAddress | undefined): TransportAddress {
  if (!address) throw new Error('the response contains no address')
  return address
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>
  resolve(value: T): void
  reject(reason: unknown): void
}

/** `Promise.withResolvers` is missing in Node 20. */
function withResolvers<T>(): PromiseWithResolvers<T> {
  let resolve!: (value: T) => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}

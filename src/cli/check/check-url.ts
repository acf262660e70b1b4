/** Checks one URL of a STUN or TURN server from this device. */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { IceUrl } from 'turnkeeper'
import { formatAddress, type TransportAddress } from '../stun/attributes.js'
import { StunError } from '../stun/stun-error.js'
import { type Destination, openTcp, openTls, openUdp, type StunTransport } from '../stun/transport.js'
import { type Allocation, TurnClient, type TurnCredentials } from '../stun/turn-client.js'
import { withTimeLimit } from '../time-limit.js'
import { describeFailure } from './describe-failure.js'
import { observeExpiry } from './observe-expiry.js'
import type { StepName, StepReport, UrlReport } from './url-report.js'

/** How a URL is checked. */
export interface CheckUrlOptions {
  /** Those of a STUN URL are not used. */
  readonly credentials: TurnCredentials
  /** Time limit of each step. */
  readonly timeoutMs: number
  /** Keeps the allocation until after this time, epoch ms. */
  readonly observeExpiryAt?: number | undefined
  readonly signal: AbortSignal
}

/** What the steps found out. */
type Findings = Omit<UrlReport, 'url' | 'steps' | 'verdict' | 'message'>

/** The request that releases an allocation is given up after this time. */
const RELEASE_TIMEOUT_MS = 1000

/**
 * Resolves with the report about a URL. Releases its allocation.
 *
 * @throws The reason of the signal if it aborts.
 */
export async function checkUrl(url: IceUrl, options: CheckUrlOptions): Promise<UrlReport> {
  if (isTls(url) && url.transport === 'udp') {
    const message = 'DTLS over UDP is not checked; no browser supports it'
    return { url: url.href, verdict: 'unsupported', message, steps: [] }
  }
  return new UrlCheck(url, options).run()
}

/** The steps of one check. */
class UrlCheck {
  readonly #url: IceUrl
  readonly #options: CheckUrlOptions
  #steps: StepReport[] = []
  #step: StepName = 'resolve'
  #alternateServer: string | undefined

  constructor(url: IceUrl, options: CheckUrlOptions) {
    this.#url = url
    this.#options = options
  }

  async run(): Promise<UrlReport> {
    const { signal, timeoutMs } = this.#options
    const url = this.#url.href
    try {
      const findings = await this.#useServer(await this.#resolve())
      return { url, verdict: 'usable', message: explainSuccess(findings), ...this.#common(), ...findings }
    } catch (error) {
      signal.throwIfAborted()
      const failure = describeFailure(error, { step: this.#step, steps: this.#steps, timeoutMs })
      return { url, ...failure, ...this.#common() }
    }
  }

  #common() {
    return { steps: this.#steps, alternateServer: this.#alternateServer }
  }

  async #resolve(): Promise<Destination> {
    const { port } = this.#url
    const host = hostnameOf(this.#url)
    if (isIP(host)) return { address: host, family: isIP(host) === 6 ? 6 : 4, port }
    const { address, family } = await this.#measure('resolve', () => lookup(host))
    return { address, family: family === 6 ? 6 : 4, port }
  }

  /** Follows a redirection once, like browsers do (RFC 8489 §10). */
  async #useServer(destination: Destination): Promise<Findings> {
    try {
      return await this.#use(destination)
    } catch (error) {
      const alternate = error instanceof StunError ? error.alternateServer : undefined
      if (!alternate) throw error
      this.#alternateServer = formatAddress(alternate)
      this.#steps = []
      return await this.#use(toDestination(alternate))
    }
  }

  /** Connects, and checks what the URL promises: a binding, or an allocation. */
  async #use(destination: Destination): Promise<Findings> {
    const transport = await this.#connect(destination)
    const client = new TurnClient(transport, this.#options.credentials)
    try {
      return await (this.#url.scheme.startsWith('turn') ? this.#allocate(client) : this.#bind(client))
    } finally {
      client.close()
    }
  }

  async #connect(destination: Destination): Promise<StunTransport> {
    if (this.#url.transport === 'udp') return openUdp(destination)
    return this.#measure('connect', (signal) =>
      isTls(this.#url) ? openTls(destination, hostnameOf(this.#url), signal) : openTcp(destination, signal),
    )
  }

  async #bind(client: TurnClient): Promise<Findings> {
    const mapped = await this.#measure('binding', (signal) => client.bind(signal))
    return { mappedAddress: formatAddress(mapped), addressFamily: mapped.family }
  }

  async #allocate(client: TurnClient): Promise<Findings> {
    // Not every TURN server responds to binding requests, so nothing waits for the response.
    const isBindingSent = this.#url.transport === 'udp'
    if (isBindingSent) void this.#measure('binding', (signal) => client.bind(signal)).catch(() => {})
    const allocation = await this.#measure('allocate', (signal) => client.allocate(signal))
    try {
      return { ...describe(allocation), expiry: await this.#observeExpiry(client) }
    } finally {
      const release = client.refresh(AbortSignal.timeout(RELEASE_TIMEOUT_MS), 0)
      await release.catch(() => {})
    }
  }

  async #observeExpiry(client: TurnClient) {
    const { observeExpiryAt, timeoutMs, signal } = this.#options
    if (observeExpiryAt === undefined) return undefined
    return observeExpiry(client, { expiresAt: observeExpiryAt, timeoutMs, signal })
  }

  /** Runs a step within its time limit, and adds it to the steps. */
  async #measure<T>(name: StepName, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { timeoutMs, signal } = this.#options
    const steps = this.#steps
    const startedAt = performance.now()
    const add = (isSuccessful: boolean) => {
      steps.push({ name, durationMs: Math.round(performance.now() - startedAt), isSuccessful })
    }
    this.#step = name
    try {
      const result = await withTimeLimit(signal, timeoutMs, run)
      add(true)
      return result
    } catch (error) {
      add(false)
      throw error
    }
  }
}

const isTls = ({ scheme }: IceUrl): boolean => scheme.endsWith('s')

/** Returns the host without the brackets of an IPv6 address. */
function hostnameOf({ host }: IceUrl): string {
  return host.replace(/^\[|\]$/g, '')
}

function toDestination({ address, port, family }: TransportAddress): Destination {
  return { address, port, family: family === 'IPv6' ? 6 : 4 }
}

function describe({ relayedAddress, mappedAddress, lifetimeSeconds, isAuthenticated }: Allocation): Findings {
  return {
    relayedAddress: formatAddress(relayedAddress),
    addressFamily: relayedAddress.family,
    mappedAddress: mappedAddress && formatAddress(mappedAddress),
    lifetimeSeconds,
    isAuthenticated,
  }
}

function explainSuccess({
  relayedAddress,
  mappedAddress,
  lifetimeSeconds,
  isAuthenticated,
}: Findings): string {
  if (!relayedAddress) return `server-reflexive address ${mappedAddress}`
  const lifetime = lifetimeSeconds === undefined ? '' : `, allocation lifetime ${lifetimeSeconds} s`
  const warning = isAuthenticated ? '' : '; warning: it allocates without credentials (open relay)'
  return `relayed address ${relayedAddress}${lifetime}${warning}`
}

/** Checks one URL of a STUN or TURN server from this device. */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { IceUrl } from 'turnkeeper'
import { formatAddress } from '../stun/attributes.js'
import { type Destination, openTcp, openTls, openUdp, type StunTransport } from '../stun/transport.js'
import { type Allocation, StunError, TurnClient, type TurnCredentials } from '../stun/turn-client.js'
import { describeFailure } from './describe-failure.js'
import { observeExpiry } from './observe-expiry.js'
import type { StepReport, UrlReport } from './url-report.js'

/** How a URL is checked. */
export interface CheckUrlOptions {
  readonly credentials: TurnCredentials | undefined
  /** Time limit of each step. */
  readonly timeoutMs: number
  /** Keeps the allocation until after this time, epoch ms. */
  readonly observeExpiryAt?: number | undefined
  readonly signal: AbortSignal
}

/** What the steps found out. */
type Findings = Omit<UrlReport, 'url' | 'steps' | 'verdict' | 'message'>

/** An allocation is released with a request that needs no more time than this. */
const RELEASE_TIMEOUT_MS = 1000

/**
 * Resolves with the report about a URL. Releases its allocation.
 *
 * @throws The reason of the signal if it aborts.
 */
export async function checkUrl(url: IceUrl, options: CheckUrlOptions): Promise<UrlReport> {
  const steps: StepReport[] = []
  if (url.scheme.endsWith('s') && url.transport === 'udp') {
    const message = 'DTLS over UDP is not checked; no browser supports it'
    return { url: url.href, verdict: 'unsupported', message, steps }
  }
  const check = new UrlCheck(url, options, steps)
  try {
    const findings = await check.run()
    return { url: url.href, verdict: 'usable', message: explainSuccess(findings), steps, ...findings }
  } catch (error) {
    options.signal.throwIfAborted()
    return { url: url.href, steps, ...describeFailure(error, options.timeoutMs) }
  }
}

/** The steps of one check. */
class UrlCheck {
  readonly #url: IceUrl
  readonly #options: CheckUrlOptions
  readonly #steps: StepReport[]

  constructor(url: IceUrl, options: CheckUrlOptions, steps: StepReport[]) {
    this.#url = url
    this.#options = options
    this.#steps = steps
  }

  async run(): Promise<Findings> {
    const destination = await this.#resolve()
    try {
      return await this.#use(destination)
    } catch (error) {
      const alternate = error instanceof StunError ? error.alternateServer : undefined
      if (!alternate) throw error
      // Browsers follow a redirection too (RFC 8489 §10).
      const family = alternate.family === 'IPv6' ? 6 : 4
      return await this.#use({ address: alternate.address, port: alternate.port, family })
    }
  }

  async #resolve(): Promise<Destination> {
    const { port } = this.#url
    const host = hostnameOf(this.#url)
    if (isIP(host)) return { address: host, family: isIP(host) === 6 ? 6 : 4, port }
    const { address, family } = await this.#measure('resolve', () => lookup(host))
    return { address, family: family === 6 ? 6 : 4, port }
  }

  /** Connects, and checks what the URL promises: a binding, or an allocation. */
  async #use(destination: Destination): Promise<Findings> {
    const { credentials } = this.#options
    const transport = await this.#measure('connect', (signal) => this.#open(destination, signal))
    const client = new TurnClient(transport, credentials)
    try {
      if (!this.#url.scheme.startsWith('turn')) {
        const mapped = await this.#measure('binding', (signal) => client.bind(signal))
        return { mappedAddress: formatAddress(mapped), addressFamily: mapped.family }
      }
      if (this.#url.transport === 'udp') void this.#bindIfPossible(client)
      const allocation = await this.#measure('allocate', (signal) => client.allocate(signal))
      try {
        return { ...describe(allocation), expiry: await this.#observeExpiry(client, allocation) }
      } finally {
        await client.refresh(AbortSignal.timeout(RELEASE_TIMEOUT_MS), 0).catch(() => {})
      }
    } finally {
      client.close()
    }
  }

  /** Not every TURN server responds to binding requests, so nothing waits for the response. */
  async #bindIfPossible(client: TurnClient): Promise<void> {
    await this.#measure('binding', (signal) => client.bind(signal)).catch(() => {})
  }

  #open(destination: Destination, signal: AbortSignal): Promise<StunTransport> {
    if (this.#url.transport === 'udp') return openUdp(destination)
    if (!this.#url.scheme.endsWith('s')) return openTcp(destination, signal)
    return openTls(destination, hostnameOf(this.#url), signal)
  }

  #observeExpiry(client: TurnClient, { lifetimeSeconds }: Allocation) {
    const { observeExpiryAt, timeoutMs, signal } = this.#options
    if (observeExpiryAt === undefined) return undefined
    return observeExpiry(client, { expiresAt: observeExpiryAt, lifetimeSeconds, timeoutMs, signal })
  }

  /** Runs a step within its time limit, and adds it to the steps if it succeeds. */
  async #measure<T>(name: StepReport['name'], run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { timeoutMs, signal } = this.#options
    const startedAt = performance.now()
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    const aborted = new Promise<never>((_, reject) => {
      limit.addEventListener('abort', () => reject(limit.reason), { once: true })
    })
    const result = await Promise.race([run(limit), aborted]) // name resolution knows no signal
    this.#steps.push({ name, durationMs: Math.round(performance.now() - startedAt) })
    return result
  }
}

/** Returns the host without the brackets of an IPv6 address. */
function hostnameOf({ host }: IceUrl): string {
  return host.replace(/^\[|\]$/g, '')
}

function describe({ relayedAddress, mappedAddress, lifetimeSeconds }: Allocation): Findings {
  return {
    relayedAddress: formatAddress(relayedAddress),
    addressFamily: relayedAddress.family,
    mappedAddress: mappedAddress && formatAddress(mappedAddress),
    lifetimeSeconds,
  }
}

function explainSuccess({ relayedAddress, mappedAddress, addressFamily, lifetimeSeconds }: Findings): string {
  if (!relayedAddress) return `this device is ${mappedAddress} (${addressFamily})`
  const lifetime = lifetimeSeconds === undefined ? '' : ` for ${lifetimeSeconds} s`
  return `relays at ${relayedAddress} (${addressFamily})${lifetime}`
}

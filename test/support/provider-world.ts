import { expect, vi } from 'vitest'
import {
  type EndpointContext,
  type IceConfiguration,
  IceServerError,
  IceServerProvider,
  type IceServerProviderOptions,
} from '../../src/index.js'
import { expectSound } from './configuration-rules.js'
import type { createFakeConnection } from './fake-connection.js'
import type { Outcome } from './provider-arbitraries.js'

const MAX_RETRY_AFTER_MS = 3_600_000
/** Ends that are less apart are the same: `Date` headers have whole seconds. */
const SAME_END_MS = 1000
/** A backend that tells an end hands out the same for so long. */
const ROUND_MS = 600_000

interface Request {
  readonly signal: AbortSignal
  isSettled: boolean
}

/** Until when a configuration may live at most, by the clock that nobody sets. */
interface Bound {
  readonly expiresAt: number
  readonly until: number
}

const immediate = setImmediate
/** Lets everything happen that waits for no timer. */
const settle = () => new Promise<void>((resolve) => void immediate(resolve))

/** A backend, other tabs, connections, a network and a clock around one provider, and what must hold in it. */
export class ProviderWorld {
  readonly provider: IceServerProvider
  readonly tabs: { onmessage?: (message: { data: unknown }) => void; isOpen: boolean } = { isOpen: false }
  readonly page = new EventTarget()
  readonly connections: { pc: ReturnType<typeof createFakeConnection>; detach: () => void }[] = []
  readonly asking: { isSettled: boolean; readonly controller: AbortController }[] = []
  outcomes: readonly Outcome[]
  listeners = 0
  updates: IceConfiguration[] = []
  newestFetchedAt = 0
  requests: Request[] = []
  readonly faults: string[] = []
  #options: IceServerProviderOptions
  #aheadMs = 0
  #startedAt = -Infinity
  #notBefore = -Infinity
  #isDenied = false
  #bounds: Bound[] = []
  #ownTimers = 0
  #lastState = 'idle'

  constructor(options: IceServerProviderOptions, outcomes: readonly Outcome[]) {
    this.outcomes = outcomes
    this.#options = options
    this.#stubGlobals()
    const endpoint = (context: EndpointContext) => this.#answer(context)
    this.provider = new IceServerProvider(endpoint, { ...options, shareAcrossTabs: 'key' })
    this.provider.on('statechange', (state) => {
      this.#demand('a state after close', this.#lastState !== 'closed')
      this.#demand('the same state again', state !== this.#lastState && state === this.provider.state)
      this.#lastState = state
    })
    if (options.keepFresh === 'always') this.provider.on('update', this.onUpdate)
    for (const name of ['error', 'expired'] as const) {
      this.provider.on(name, () => this.#demand(`${name} after close`, this.provider.state !== 'closed'))
    }
  }

  readonly onUpdate = (configuration: IceConfiguration, previous: IceConfiguration | undefined): void => {
    const hasOtherServers = JSON.stringify(configuration.iceServers) !== JSON.stringify(previous?.iceServers)
    const movedMs = Math.abs(configuration.expiresAt - (previous?.expiresAt ?? 0))
    this.#demand('an update without a change', hasOtherServers || movedMs > SAME_END_MS)
    this.#demand('an update after close', this.provider.state !== 'closed')
    this.updates.push(configuration)
  }

  /** Lets so much time pass, with a look at everything after each timer. */
  async pass(ms: number): Promise<void> {
    let isOver = false
    setTimeout(() => {
      isOver = true
    }, ms)
    while (!isOver) {
      vi.advanceTimersToNextTimer()
      await this.look()
    }
  }

  async look(): Promise<void> {
    await settle()
    expect(this.faults).toEqual([])
    const { current, state } = this.provider
    if (this.#isDenied && state !== 'closed') expect(state).toBe('denied')
    if (!current) return
    const [server] = current.iceServers
    expectSound(current, Date.now())
    expect(['old', 'late']).not.toContain(server?.username)
    const bounds = this.#bounds.filter(
      (bound) => Math.abs(bound.expiresAt - current.expiresAt) <= SAME_END_MS,
    )
    expect(performance.now()).toBeLessThan(Math.max(...bounds.map(({ until }) => until)) + SAME_END_MS)
  }

  setClock(byMs: number): void {
    vi.setSystemTime(Date.now() + byMs)
    this.#aheadMs += Math.max(0, byMs)
  }

  /** Asks, and remembers that somebody waits. */
  ask(verb: 'getConfiguration' | 'refresh'): void {
    const controller = new AbortController()
    const asking = { isSettled: false, controller }
    this.asking.push(asking)
    const settled = () => {
      asking.isSettled = true
    }
    if (verb === 'refresh' && this.provider.state !== 'closed') this.#isDenied = false
    this.provider[verb]({ signal: controller.signal }).then(settled, settled)
  }

  /** A closed channel delivers nothing. */
  receive(data: unknown): void {
    if (this.tabs.isOpen) this.tabs.onmessage?.({ data })
  }

  /** Hears of another tab's configuration; who adopts it is free of a denial, for that tab got an answer. */
  hear(fetchedAt: number, lifetimeMs: number, username: string): void {
    const iceServers = [{ urls: ['turn:t.org'], username, credential: 'c' }]
    const expiresAt = fetchedAt + lifetimeMs
    this.receive({ iceServers, fetchedAt, expiresAt, expirySource: 'ttl' })
    if (this.provider.current?.iceServers[0]?.username !== username) return
    expect(fetchedAt).toBeGreaterThan(this.newestFetchedAt)
    this.#isDenied = false
    this.#notBefore = -Infinity
    this.newestFetchedAt = fetchedAt
    this.#bounds.push({ expiresAt, until: performance.now() + expiresAt - Date.now() })
  }

  /** After `close()` nothing is left, and nobody waits. */
  async expectEnd(): Promise<void> {
    await settle()
    expect(this.faults).toEqual([])
    const { state, current, isRefreshing } = this.provider
    expect({ state, current, isRefreshing }).toEqual({
      state: 'closed',
      current: undefined,
      isRefreshing: false,
    })
    expect(this.asking.filter(({ isSettled }) => !isSettled)).toEqual([])
    expect(vi.getTimerCount() - this.#ownTimers).toBe(0)
    expect([this.listeners, this.tabs.isOpen, this.#lastState]).toEqual([0, false, 'closed'])
    expect(this.requests.filter(isInFlight)).toEqual([])
  }

  #stubGlobals(): void {
    const { tabs } = this
    vi.stubGlobal('navigator', { onLine: true })
    vi.stubGlobal('reportError', (error: unknown) => void this.faults.push(String(error)))
    vi.stubGlobal(
      'addEventListener',
      (type: string, listener: () => void, options: AddEventListenerOptions) => {
        this.listeners++
        options.signal?.addEventListener('abort', () => this.listeners--)
        this.page.addEventListener(type, listener, options)
      },
    )
    const open = () => {
      tabs.isOpen = true
      const close = () => {
        tabs.isOpen = false
      }
      return Object.assign(tabs, { postMessage: () => {}, close })
    }
    vi.stubGlobal('BroadcastChannel', function BroadcastChannel() {
      return open()
    })
  }

  /** For what is called by the provider, which would take a failed expectation for an error of the app's. */
  #demand(fault: string, isMet: boolean): void {
    if (!isMet) this.faults.push(fault)
  }

  get #time(): number {
    return performance.now() + this.#aheadMs
  }

  #answer({ signal }: EndpointContext): Promise<unknown> {
    const { minRefreshIntervalMs = 0 } = this.#options
    this.#demand('a request after close', this.provider.state !== 'closed')
    this.#demand('two requests at once', !this.requests.some(isInFlight))
    this.#demand('a request after a denial', !this.#isDenied)
    this.#demand('a request too soon', this.#time >= this.#startedAt + minRefreshIntervalMs)
    this.#demand('a request before Retry-After', this.#time >= this.#notBefore)
    this.#startedAt = this.#time
    const outcome = this.outcomes[this.requests.length % this.outcomes.length] as Outcome
    const request: Request = { signal, isSettled: false }
    const sent = { wall: Date.now(), at: performance.now() }
    this.requests.push(request)
    return new Promise((resolve, reject) => {
      if (outcome.kind === 'hang') return
      this.#ownTimers++
      setTimeout(() => {
        this.#ownTimers--
        const isWanted = isInFlight(request)
        request.isSettled = true
        if (outcome.kind === 'success') resolve(this.#succeed(outcome, sent, isWanted))
        else if (outcome.kind === 'garbage') resolve('garbage')
        else reject(this.#failure(outcome, isWanted))
      }, outcome.afterMs)
    })
  }

  #succeed(
    { server, lifetimeMs, isAbsolute }: Outcome,
    sent: { wall: number; at: number },
    isWanted: boolean,
  ) {
    const username = isWanted ? `u${server}` : 'late'
    const end = Math.ceil((Date.now() + 1) / ROUND_MS) * ROUND_MS
    const expiresAt = isAbsolute ? end : sent.wall + lifetimeMs
    if (isWanted && expiresAt > Date.now()) {
      this.newestFetchedAt = sent.wall
      this.#bounds.push({ expiresAt, until: sent.at + expiresAt - sent.wall })
    }
    const iceServers = [{ urls: ['turn:t.org'], username, credential: 'c' }]
    return { iceServers, ...(isAbsolute ? { expiresAt } : { ttl: lifetimeMs / 1000 }) }
  }

  #failure({ kind, retryAfterMs }: Outcome, isWanted: boolean): IceServerError {
    if (isWanted && kind === 'denied') this.#isDenied = true
    if (isWanted && kind === 'busy') this.#notBefore = this.#time + Math.min(retryAfterMs, MAX_RETRY_AFTER_MS)
    if (kind === 'denied') return new IceServerError('ERR_DENIED', 'denied', { status: 401 })
    if (kind === 'busy') return new IceServerError('ERR_HTTP', 'busy', { status: 429, retryAfterMs })
    return new IceServerError(kind === 'failed' ? 'ERR_HTTP' : 'ERR_NETWORK', kind)
  }
}

function isInFlight({ signal, isSettled }: Request): boolean {
  return !isSettled && !signal.aborted
}

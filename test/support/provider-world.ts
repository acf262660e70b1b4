/** One provider with a backend, a page, other tabs, connections and clocks, and the rules that it must obey. */
import { expect, vi } from 'vitest'
import { type IceConfiguration, IceServerProvider, type IceServerProviderOptions } from '../../src/index.js'
import { expectSound } from './configuration-rules.js'
import type { createFakeConnection } from './fake-connection.js'
import { FuzzedBackend, SUPERSEDED } from './fuzzed-backend.js'
import { stubPageListeners } from './page-listeners.js'
import type { Outcome } from './provider-arbitraries.js'

/** A smaller difference between two expiries does not count: `Date` headers contain whole seconds. */
const EXPIRY_TOLERANCE_MS = 1000

/** Username in a configuration that is not newer than the current one: the provider must ignore it. */
const OLDER = 'older'

const realSetImmediate = setImmediate
/** Resolves when everything has happened that waits for no timer. */
const settle = () => new Promise<void>((resolve) => void realSetImmediate(resolve))

export class ProviderWorld {
  readonly provider: IceServerProvider
  readonly backend: FuzzedBackend
  readonly page = new EventTarget()
  readonly connections: { pc: ReturnType<typeof createFakeConnection>; detach: () => void }[] = []
  readonly calls: { isSettled: boolean; readonly controller: AbortController }[] = []
  readonly #channel: { onmessage?: (message: { data: unknown }) => void; isOpen: boolean } = { isOpen: false }
  readonly #violations: string[] = []
  #countPageListeners = () => 0
  #tabConfigurations = 0
  #lastState = 'idle'

  constructor(options: IceServerProviderOptions, outcomes: readonly Outcome[]) {
    const { minRefreshIntervalMs = 0 } = options
    this.backend = new FuzzedBackend(outcomes, minRefreshIntervalMs, this.#checkRule)
    this.#stubGlobals()
    this.provider = new IceServerProvider(
      (context) => {
        this.#checkRule('no request after close()', this.provider.state !== 'closed')
        return this.backend.respond(context)
      },
      { ...options, shareAcrossTabs: 'key' },
    )
    this.provider.on('statechange', (state) => {
      this.#checkRule('no statechange after close()', this.#lastState !== 'closed')
      this.#checkRule('no statechange without a change', state !== this.#lastState)
      this.#checkRule('statechange reports the state', state === this.provider.state)
      this.#lastState = state
    })
    if (options.keepFresh === 'always') this.provider.on('update', this.onUpdate)
    for (const name of ['error', 'expired'] as const) {
      this.provider.on(name, () => this.#checkRule(`no ${name} after close()`, !this.#isClosed))
    }
  }

  readonly onUpdate = (configuration: IceConfiguration, previous: IceConfiguration | undefined): void => {
    const haveServersChanged =
      JSON.stringify(configuration.iceServers) !== JSON.stringify(previous?.iceServers)
    const movedMs = Math.abs(configuration.expiresAt - (previous?.expiresAt ?? 0))
    this.#checkRule('no update without a change', haveServersChanged || movedMs > EXPIRY_TOLERANCE_MS)
    this.#checkRule('no update after close()', !this.#isClosed)
  }

  /** Lets time pass, and checks the rules after each timer. */
  async passTime(ms: number): Promise<void> {
    let isOver = false
    setTimeout(() => {
      isOver = true
    }, ms)
    while (!isOver) {
      vi.advanceTimersToNextTimer()
      await this.checkRules()
    }
  }

  async checkRules(): Promise<void> {
    await settle()
    expect(this.#violations).toEqual([])
    const { current, state } = this.provider
    if (this.backend.isDenied && !this.#isClosed) expect(state).toBe('denied')
    if (!current) return
    expectSound(current, Date.now())
    expect([OLDER, SUPERSEDED]).not.toContain(current.iceServers[0]?.username)
    const limits = this.backend.validityLimits
      .filter(({ expiresAt }) => Math.abs(expiresAt - current.expiresAt) <= EXPIRY_TOLERANCE_MS)
      .map(({ validUntil }) => validUntil)
    expect(performance.now()).toBeLessThan(Math.max(...limits) + EXPIRY_TOLERANCE_MS)
  }

  /** Sets the system clock ahead, or back if the number is negative. */
  changeSystemClock(ms: number): void {
    vi.setSystemTime(Date.now() + ms)
    this.backend.noteClockChange(ms)
  }

  call(method: 'getConfiguration' | 'refresh'): void {
    const call = { isSettled: false, controller: new AbortController() }
    this.calls.push(call)
    const onSettled = () => {
      call.isSettled = true
    }
    if (method === 'refresh' && !this.#isClosed) this.backend.isDenied = false
    this.provider[method]({ signal: call.controller.signal }).then(onSettled, onSettled)
  }

  /** Delivers a message of another tab, unless the channel is closed. */
  receiveMessage(data: unknown): void {
    if (this.#channel.isOpen) this.#channel.onmessage?.({ data })
  }

  /** Delivers a configuration of another tab. If the provider applies it, it may request again after a denial. */
  receiveConfiguration(fetchedAt: number, lifetimeMs: number): void {
    const isNewer = fetchedAt > this.backend.newestFetchedAt
    const username = isNewer ? `tab${this.#tabConfigurations++}` : OLDER
    const iceServers = [{ urls: ['turn:t.org'], username, credential: 'c' }]
    const expiresAt = fetchedAt + lifetimeMs
    this.receiveMessage({ iceServers, fetchedAt, expiresAt, expirySource: 'ttl' })
    if (!isNewer || this.provider.current?.iceServers[0]?.username !== username) return
    this.backend.permitRequests()
    this.backend.noteConfiguration(fetchedAt, expiresAt, performance.now() + expiresAt - Date.now())
  }

  /** Checks that a closed provider has no timer, listener, request or pending call. */
  async checkClosed(): Promise<void> {
    await settle()
    expect(this.#violations).toEqual([])
    const { state, current, isRefreshing } = this.provider
    expect({
      state,
      current,
      isRefreshing,
      lastReportedState: this.#lastState,
      pendingCalls: this.calls.filter(({ isSettled }) => !isSettled),
      timers: vi.getTimerCount() - this.backend.pendingResponses,
      pageListeners: this.#countPageListeners(),
      isChannelOpen: this.#channel.isOpen,
      isRequestInFlight: this.backend.isRequestInFlight,
    }).toEqual({
      state: 'closed',
      current: undefined,
      isRefreshing: false,
      lastReportedState: 'closed',
      pendingCalls: [],
      timers: 0,
      pageListeners: 0,
      isChannelOpen: false,
      isRequestInFlight: false,
    })
  }

  get #isClosed(): boolean {
    return this.provider.state === 'closed'
  }

  /** Collects violations: the provider would report a failed `expect` in its callbacks like an error of the app. */
  readonly #checkRule = (rule: string, isObeyed: boolean): void => {
    if (!isObeyed) this.#violations.push(rule)
  }

  #stubGlobals(): void {
    const channel = this.#channel
    vi.stubGlobal('navigator', { onLine: true })
    vi.stubGlobal('reportError', (error: unknown) => void this.#violations.push(String(error)))
    this.#countPageListeners = stubPageListeners(this.page)
    vi.stubGlobal('BroadcastChannel', function BroadcastChannel() {
      channel.isOpen = true
      const close = () => {
        channel.isOpen = false
      }
      return Object.assign(channel, { postMessage: () => {}, close })
    })
  }
}

/** Simulated failures of the demo's backend and TURN server: separate ones for each page that is open. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { startTurnServer, type TurnServer, type TurnServerOptions } from './turn-server.js'

/** A change that a page requests. A missing member leaves its setting unchanged. */
export interface SimulationSettings {
  /** How the endpoint responds. With `none`, requests stay pending until another value is set. */
  response?: 'normal' | 'none' | '401' | '429' | 'html'
  /** Whether the backend and the TURN server are unreachable. */
  isOffline?: boolean
  /** What the TURN server does with an allocation whose credentials expire. */
  atExpiry?: 'drop' | 'keep'
  /** Revokes all credentials that were issued so far. */
  revoke?: boolean
}

/** Short enough for a person who watches, and shorter than the timeout of the page. */
const RETRY_AFTER_SECONDS = '3'

/** What one page has set, with a TURN server of its own. */
export class Simulation {
  /** `undefined` if the credentials are those of another TURN server. */
  readonly turn: Promise<TurnServer> | undefined
  readonly #pending = new Set<() => void>()
  #response: SimulationSettings['response'] = 'normal'
  #isOffline = false

  constructor(turnOptions: TurnServerOptions | undefined) {
    this.turn = turnOptions && startTurnServer(turnOptions)
  }

  async apply({ response, isOffline, atExpiry, revoke }: SimulationSettings): Promise<void> {
    const turn = await this.turn
    this.#response = response ?? this.#response
    this.#isOffline = isOffline ?? this.#isOffline
    turn?.setSilent(this.#isOffline)
    if (atExpiry) turn?.setAtExpiry(atExpiry)
    if (revoke) turn?.revokeAll()
    if (this.#response === 'none') return
    for (const resume of this.#pending) resume()
    this.#pending.clear()
  }

  /** Responds in place of the endpoint while it is set to fail, otherwise calls the next middleware. */
  intercept(request: IncomingMessage, response: ServerResponse, next: () => void): void {
    if (this.#isOffline) return void request.socket.destroy()
    if (this.#response === '401') return void response.writeHead(401).end()
    if (this.#response === '429')
      return void response.writeHead(429, { 'retry-after': RETRY_AFTER_SECONDS }).end()
    if (this.#response === 'html') return void response.end('<!doctype html><p>It works!</p>')
    if (this.#response !== 'none') return void next()
    const resume = () => this.intercept(request, response, next)
    this.#pending.add(resume)
    response.once('close', () => this.#pending.delete(resume))
  }

  async stop(): Promise<void> {
    ;(await this.turn)?.stop()
  }
}

/** The simulations by the `page` in the query of a request. Requests without one share a simulation. */
export class Simulations {
  readonly #turnOptions: TurnServerOptions | undefined
  readonly #byPage = new Map<string, Simulation>()

  constructor(turnOptions: TurnServerOptions | undefined) {
    this.#turnOptions = turnOptions
  }

  /** Returns the simulation of a page, and starts it for the first request. */
  of(page: string): Simulation {
    const simulation = this.#byPage.get(page) ?? new Simulation(this.#turnOptions)
    this.#byPage.set(page, simulation)
    return simulation
  }

  /** Handles a request of a page: POST changes its settings, DELETE ends it. */
  async configure(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const page = pageOf(request.url)
    if (request.method === 'DELETE') {
      await this.#byPage.get(page)?.stop()
      this.#byPage.delete(page)
    } else {
      let body = ''
      for await (const chunk of request) body += chunk
      await this.of(page).apply(JSON.parse(body))
    }
    response.writeHead(204).end()
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#byPage.values()].map((simulation) => simulation.stop()))
  }
}

/** Returns the page that a request is for. */
export function pageOf(url = ''): string {
  return new URL(url, 'http://localhost').searchParams.get('page') ?? ''
}

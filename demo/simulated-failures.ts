/** Simulates failures of the demo's backend and TURN server. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TurnServer } from './turn-server.js'

/** A change that the page requests. A missing member leaves its setting unchanged. */
export interface FailureSettings {
  /** How the endpoint responds. `none` closes the connection without a response. */
  response?: 'normal' | 'none' | '401' | '429' | 'html'
  /** Whether the backend and the TURN server are unreachable. */
  isOffline?: boolean
  /** What the TURN server does with an allocation whose credentials expire. */
  atExpiry?: 'drop' | 'keep'
  /** Revokes all credentials that were issued so far. */
  revoke?: boolean
}

export function createSimulatedFailures(turn: TurnServer | undefined) {
  let responseMode: FailureSettings['response'] = 'normal'
  let isOffline = false
  return {
    /** Applies the settings in the body of a request. */
    async configure(request: IncomingMessage, response: ServerResponse): Promise<void> {
      let body = ''
      for await (const chunk of request) body += chunk
      const settings = JSON.parse(body) as FailureSettings
      responseMode = settings.response ?? responseMode
      isOffline = settings.isOffline ?? isOffline
      turn?.setSilent(isOffline)
      if (settings.atExpiry) turn?.setAtExpiry(settings.atExpiry)
      if (settings.revoke) turn?.revokeAll()
      response.writeHead(204).end()
    },
    /** Responds in place of the endpoint while it is set to fail, otherwise calls the next middleware. */
    intercept(request: IncomingMessage, response: ServerResponse, next: () => void): void {
      if (responseMode === 'none' || isOffline) return void request.socket.destroy()
      if (responseMode === '401') return void response.writeHead(401).end()
      if (responseMode === '429') return void response.writeHead(429, { 'retry-after': '5' }).end()
      if (responseMode === 'html') return void response.end('<!doctype html><p>It works!</p>')
      next()
    },
  }
}

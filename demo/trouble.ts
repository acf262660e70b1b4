import type { IncomingMessage, ServerResponse } from 'node:http'
import type { TurnServer } from './turn-server.js'

/** What the page can do to its own backend and TURN server. Every member is optional: what is absent stays. */
export interface Trouble {
  /** How the endpoint answers; `down`: not at all. */
  answer?: 'normal' | 'down' | '401' | '429' | 'garbage'
  /** Whether both are cut off. */
  isOffline?: boolean
  /** What becomes of an allocation whose credentials end. */
  atExpiry?: 'drop' | 'keep'
  /** Ends all credentials that were given out. */
  revoke?: boolean
}

/** Makes the trouble that the page asks for. */
export function createTrouble(turn: TurnServer | undefined) {
  let answer: Trouble['answer'] = 'normal'
  let isOffline = false
  return {
    /** Takes an order of the page. */
    async order(request: IncomingMessage, response: ServerResponse): Promise<void> {
      let body = ''
      for await (const part of request) body += part
      const trouble = JSON.parse(body) as Trouble
      answer = trouble.answer ?? answer
      isOffline = trouble.isOffline ?? isOffline
      turn?.setSilent(isOffline)
      if (trouble.atExpiry) turn?.setAtExpiry(trouble.atExpiry)
      if (trouble.revoke) turn?.revokeAll()
      response.writeHead(204).end()
    },
    /** Answers a request for credentials in its place, if there is trouble. */
    answer(request: IncomingMessage, response: ServerResponse, next: () => void): void {
      if (answer === 'down' || isOffline) return void request.socket.destroy()
      if (answer === '401') return void response.writeHead(401).end()
      if (answer === '429') return void response.writeHead(429, { 'retry-after': '5' }).end()
      if (answer === 'garbage') return void response.end('<!doctype html><p>It works!</p>')
      next()
    },
  }
}

import { vi } from 'vitest'
import { createIceServersHandler, type IceServersHandlerOptions } from '../../src/server/index.js'

export const ENDPOINT = 'https://api.example.org/ice-servers'
export const APP = 'https://app.example.org'
export const server = {
  urls: ['turn:t.org', 'turn:t.org:53'],
  username: 'u',
  credential: 'secret-credential',
}

/** A handler that lets everybody in, and a way to ask it. */
export function createTestHandler(options: Partial<IceServersHandlerOptions> = {}) {
  const onError = vi.fn()
  const source = vi.fn(async (_context: object): Promise<unknown> => [server])
  const handle = createIceServersHandler({
    source,
    authorize: () => 'alice',
    allowedOrigins: [APP],
    onError,
    ...options,
  })
  const ask = (init: RequestInit = {}) => handle(new Request(ENDPOINT, init))
  return { ask, handle, onError, source }
}

export const never = () => new Promise<never>(() => {})

/** A handler under test, and requests to it. */
import { vi } from 'vitest'
import { createIceServersHandler, type IceServersHandlerOptions } from '../../src/server/index.js'

export const ENDPOINT = 'https://api.example.org/ice-servers'
export const APP = 'https://app.example.org'
export const server = {
  urls: ['turn:t.org', 'turn:t.org:53'],
  username: 'u',
  credential: 'secret-credential',
}

/** Creates a handler that authorizes every request, and a function that sends it a request. */
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
  const request = (init: RequestInit = {}) => handle(new Request(ENDPOINT, init))
  return { request, handle, onError, source }
}

export const never = () => new Promise<never>(() => {})

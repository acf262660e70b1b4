import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { onTestFinished } from 'vitest'

/** A request that the server received. */
export interface ReceivedRequest {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}

type Handler = (response: ServerResponse, request: ReceivedRequest, index: number) => unknown

/** Starts a real HTTP server for one test, and closes it when the test has finished. */
export async function startServer(handler: Handler) {
  const requests: ReceivedRequest[] = []
  const server = createServer(async (incoming, response) => {
    const { method = '', url = '', headers } = incoming
    const request = { method, url, headers, body: await text(incoming) }
    await handler(response, request, requests.push(request) - 1)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { origin, url: `${origin}/ice-servers`, requests }
}

/** Responds with JSON. */
export function sendJson(response: ServerResponse, body: unknown, status = 200, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** A typical response: one STUN and one TURN server, valid for an hour by default. */
export const iceServersResponse = (ttl = 3600, username = 'u') => ({
  iceServers: [{ urls: ['stun:s.org'] }, { urls: ['turn:t.org'], username, credential: 'secret-credential' }],
  ttl,
})

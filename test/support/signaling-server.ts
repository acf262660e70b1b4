/** A signaling server for calls between two pages. */
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Passes messages between two pages: `POST /name` sends one to the page of that name, which receives it through
 * `EventSource('/name')`. Messages are queued until the page listens.
 */
export async function startSignalingServer() {
  const listeners = new Map<string, ServerResponse>()
  const queues = new Map<string, string[]>()
  const server = createServer(async (request, response) => {
    const name = request.url ?? ''
    response.setHeader('access-control-allow-origin', '*')
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
      listeners.set(name, response)
      for (const message of queues.get(name) ?? []) response.write(message)
      return
    }
    let body = ''
    for await (const chunk of request) body += chunk
    const message = `data: ${body}\n\n`
    const listener = listeners.get(name)
    if (listener) listener.write(message)
    else queues.set(name, [...(queues.get(name) ?? []), message])
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

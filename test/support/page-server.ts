import { readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const UMD = new URL('../../dist/turnkeeper.umd.min.js', import.meta.url)

/** Answers a request with JSON; what it throws is a 503. */
type Endpoint = (response: ServerResponse) => unknown

/** Serves a bare page with the built file in a script tag, and endpoints, by their paths. */
export async function startPageServer(endpoints: Readonly<Record<string, Endpoint>> = {}) {
  const script = readFileSync(UMD)
  const files: Readonly<Record<string, readonly [type: string, body: string | Buffer]>> = {
    '/': ['text/html', '<!doctype html><title>turnkeeper</title><script src="/turnkeeper.js"></script>'],
    '/turnkeeper.js': ['text/javascript', script],
  }
  const server = createServer(async ({ url = '' }, response): Promise<unknown> => {
    const send = (status: number, type: string, body: string | Buffer) =>
      response.writeHead(status, { 'content-type': type }).end(body)
    const file = files[url]
    const endpoint = endpoints[url]
    if (file) return send(200, ...file)
    if (!endpoint) return send(404, 'text/plain', '')
    try {
      return send(200, 'application/json', JSON.stringify(await endpoint(response)))
    } catch {
      return send(503, 'text/plain', '')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

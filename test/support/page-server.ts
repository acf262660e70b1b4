import { readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

const UMD = new URL('../../dist/turnkeeper.umd.min.js', import.meta.url)

const PAGE = '<!doctype html><title>turnkeeper</title><script src="/turnkeeper.js"></script>'

type File = readonly [type: string, body: string | Buffer, headers?: Readonly<Record<string, string>>]

/** Answers a request with JSON; what it throws is a 503. */
type Endpoint = (response: ServerResponse) => unknown

/** All that a page with the library needs. */
const POLICY = { 'content-security-policy': "default-src 'none'; script-src 'self'; connect-src 'self'" }

/** Serves a bare page with the built file in a script tag, one with a strict policy, and endpoints, by their paths. */
export async function startPageServer(endpoints: Readonly<Record<string, Endpoint>> = {}) {
  const script = readFileSync(UMD)
  const files: Readonly<Record<string, File>> = {
    '/': ['text/html', PAGE],
    '/strict': ['text/html', PAGE, POLICY],
    '/turnkeeper.js': ['text/javascript', script],
  }
  const requests: Record<string, number> = {}
  const server = createServer(async ({ url = '' }, response): Promise<unknown> => {
    const send = (status: number, ...[type, body, headers]: File) =>
      response.writeHead(status, { 'content-type': type, ...headers }).end(body)
    const file = files[url]
    const endpoint = endpoints[url]
    if (file) return send(200, ...file)
    if (!endpoint) return send(404, 'text/plain', '')
    requests[url] = (requests[url] ?? 0) + 1
    try {
      return send(200, 'application/json', JSON.stringify(await endpoint(response)))
    } catch {
      return send(503, 'text/plain', '')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    /** How often the endpoint was asked. */
    requestsTo: (path: string) => requests[path] ?? 0,
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

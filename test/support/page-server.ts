/** Serves the pages of the browser tests and their endpoints. */
import { readFileSync } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

const UMD = new URL('../../dist/turnkeeper.umd.min.js', import.meta.url)

const PAGE = '<!doctype html><title>turnkeeper</title><script src="/turnkeeper.js"></script>'

type File = readonly [type: string, body: string | Buffer, headers?: Readonly<Record<string, string>>]

/** Returns the body of a JSON response, given that of the request. If it throws, the server responds 503. */
type Endpoint = (response: ServerResponse, body: string) => unknown

/** The strictest policy with which the library works. */
const STRICT_POLICY = {
  'content-security-policy': "default-src 'none'; script-src 'self'; connect-src 'self'",
}

/** Serves a page with the script-tag build at `/`, the same page with a strict policy at `/strict`, endpoints and scripts. */
export async function startPageServer(
  endpoints: Readonly<Record<string, Endpoint>> = {},
  scripts: Readonly<Record<string, string>> = {},
) {
  const script = readFileSync(UMD)
  const files: Readonly<Record<string, File>> = {
    '/': ['text/html', PAGE],
    '/strict': ['text/html', PAGE, STRICT_POLICY],
    '/turnkeeper.js': ['text/javascript', script],
    ...Object.fromEntries(
      Object.entries(scripts).map(([path, body]) => [path, ['text/javascript', body] as const]),
    ),
  }
  const requestCounts: Record<string, number> = {}
  const server = createServer(async (request, response): Promise<unknown> => {
    const { url = '' } = request
    const send = (status: number, ...[type, body, headers]: File) =>
      response.writeHead(status, { 'content-type': type, ...headers }).end(body)
    const file = files[url]
    const endpoint = endpoints[url]
    if (file) return send(200, ...file)
    if (!endpoint) return send(404, 'text/plain', '')
    requestCounts[url] = (requestCounts[url] ?? 0) + 1
    try {
      return send(200, 'application/json', JSON.stringify(await endpoint(response, await text(request))))
    } catch {
      return send(503, 'text/plain', '')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    /** Returns the number of requests that the endpoint received. */
    requestsTo: (path: string) => requestCounts[path] ?? 0,
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const UMD = new URL('../../dist/turnkeeper.umd.min.js', import.meta.url)

/** Serves a bare page with the built file in a script tag, and endpoints that answer JSON, by their paths. */
export async function startPageServer(endpoints: Readonly<Record<string, () => unknown>> = {}) {
  const script = readFileSync(UMD)
  const routes: Record<string, () => [type: string, body: string | Buffer]> = {
    '/': () => [
      'text/html',
      '<!doctype html><title>turnkeeper</title><script src="/turnkeeper.js"></script>',
    ],
    '/turnkeeper.js': () => ['text/javascript', script],
  }
  const server = createServer(async ({ url = '' }, response) => {
    const endpoint = endpoints[url]
    const route = endpoint
      ? async () => ['application/json', JSON.stringify(await endpoint())] as const
      : routes[url]
    const [type, body] = (await route?.()) ?? ['text/plain', '']
    response.writeHead(route ? 200 : 404, { 'content-type': type }).end(body)
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

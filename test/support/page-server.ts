import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const UMD = new URL('../../dist/turnkeeper.umd.min.js', import.meta.url)

/** Serves a bare page with the built file in a script tag, and `GET /ice-servers` as told. */
export async function startPageServer(iceServers: () => unknown = () => ({})) {
  const script = readFileSync(UMD)
  const routes: Record<string, () => [type: string, body: string | Buffer]> = {
    '/': () => [
      'text/html',
      '<!doctype html><title>turnkeeper</title><script src="/turnkeeper.js"></script>',
    ],
    '/turnkeeper.js': () => ['text/javascript', script],
    '/ice-servers': () => ['application/json', JSON.stringify(iceServers())],
  }
  const server = createServer(({ url = '' }, response) => {
    const [type, body] = routes[url]?.() ?? ['text/plain', '']
    response.writeHead(routes[url] ? 200 : 404, { 'content-type': type }).end(body)
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

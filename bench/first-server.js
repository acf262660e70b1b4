/** A worker that serves the endpoint, and the scripts with which a page times it. Posts its port. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { parentPort } from 'node:worker_threads'
import { CLOUDFLARE_RESPONSE } from './responses.js'
import { bundle } from './size.js'

const read = (path) => readFileSync(new URL(path, import.meta.url))
const SCRIPT = 'text/javascript'
const NOT_FOUND = ['text/plain', '']

const files = {
  '/api/ice-servers': ['application/json', JSON.stringify(CLOUDFLARE_RESPONSE)],
  '/': ['text/html', '<!doctype html><title>bench</title><script src="/turnkeeper.js"></script>'],
  '/turnkeeper.js': [SCRIPT, read('../dist/turnkeeper.umd.min.js')],
  '/ky.js': [SCRIPT, await bundle("export { default as ky } from 'ky'")],
  '/rounds.js': [SCRIPT, read('rounds.js')],
  '/first-tasks.js': [SCRIPT, read('first-tasks.js')],
}

const HEADERS = {
  'cache-control': 'no-store',
  // Only a cross-origin isolated page has a clock with a resolution below 0.1 ms.
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
}

/** Responds after as many ms as the query says: `/api/ice-servers?30`. */
const server = createServer((request, response) => {
  const { pathname, search } = new URL(request.url ?? '', 'http://127.0.0.1')
  const [type, body] = files[pathname] ?? NOT_FOUND
  const respond = () => {
    response.writeHead(files[pathname] ? 200 : 404, { 'content-type': type, ...HEADERS }).end(body)
  }
  if (search) setTimeout(respond, Number(search.slice(1)))
  else respond()
})
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port))

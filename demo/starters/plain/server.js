/** Serves the page, the script and an endpoint that issues ICE servers. */
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import {
  createCloudflareTurn,
  createIceServersHandler,
  createTurnRestCredentials,
  toNodeListener,
} from 'turnkeeper/server'

const { TURN_KEY_ID, TURN_KEY_SECRET, PORT = '3000' } = process.env
const { TURN_SECRET = 'of your coturn', TURN_URLS = 'turn:turn.example.org' } = process.env

/** Replace this with the sessions of your app. */
const sessions = new Map([['demo', 'alice']])

/** Returns the user of a request, or `false` for 401. */
function authorize(request) {
  const cookie = request.headers.get('cookie') ?? ''
  return sessions.get(/(?:^|; )session=(\w+)/.exec(cookie)?.[1]) ?? false
}

const handler = createIceServersHandler({
  source: TURN_KEY_ID
    ? createCloudflareTurn({ keyId: TURN_KEY_ID, keySecret: TURN_KEY_SECRET })
    : createTurnRestCredentials({ secret: TURN_SECRET, urls: TURN_URLS.split(',') }),
  authorize,
  rateLimit: { limit: 20, windowMs: 60_000 },
  onError: (error) => console.error(error),
})

const issue = toNodeListener(handler)
const page = await readFile(new URL('index.html', import.meta.url))
const script = await readFile(new URL('node_modules/turnkeeper/dist/turnkeeper.umd.min.js', import.meta.url))

const server = createServer((request, response) => {
  if (request.url === '/api/ice-servers') return issue(request, response)
  if (request.url === '/turnkeeper.js')
    return response.setHeader('content-type', 'text/javascript').end(script)
  if (request.url === '/') return response.setHeader('content-type', 'text/html').end(page)
  response.writeHead(404).end()
})
server.listen(Number(PORT), () => console.log(`http://localhost:${server.address().port}/`))

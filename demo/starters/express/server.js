/** An Express app with an endpoint that issues ICE servers. */
import express from 'express'
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

const app = express()
app.use('/api/ice-servers', toNodeListener(handler))

const server = app.listen(Number(PORT), () =>
  console.log(`http://localhost:${server.address().port}/api/ice-servers`),
)

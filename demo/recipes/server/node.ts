import { createServer } from 'node:http'
import { createIceServersHandler, createTurnRestCredentials, toNodeListener } from 'turnkeeper/server'
import { findUserId, readBearerToken } from './your-app.js'

const { TURN_SECRET = '', TURN_URLS = '', APP_ORIGIN, PORT = '8787' } = process.env

const handler = createIceServersHandler({
  source: createTurnRestCredentials({
    secret: TURN_SECRET,
    urls: TURN_URLS.split(',').map((url) => url.trim()),
  }),
  // The page has to send a token: docs/backend.md#pages-of-another-origin
  authorize: (request) => findUserId(readBearerToken(request)),
  allowedOrigins: APP_ORIGIN ? [APP_ORIGIN] : [], // only if the page has another origin
  rateLimit: { limit: 20, windowMs: 60_000 },
  onError: (error) => console.error(error),
})

/** Responds on every path, like the handler. */
export const server = createServer(toNodeListener(handler)).listen(Number(PORT))

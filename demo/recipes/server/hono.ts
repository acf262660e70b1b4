import { Hono } from 'hono'
import { createIceServersHandler, createTurnRestCredentials } from 'turnkeeper/server'
import { findUserId, readBearerToken } from './your-app.js'

const { TURN_SECRET = '', TURN_URLS = '', APP_ORIGIN } = process.env

const handler = createIceServersHandler({
  source: createTurnRestCredentials({
    secret: TURN_SECRET,
    urls: TURN_URLS.split(',').map((url) => url.trim()),
  }),
  // The page has to send a token: docs/backend.md#pages-of-another-origin
  authorize: (request) => findUserId(readBearerToken(request)),
  allowedOrigins: APP_ORIGIN ? [APP_ORIGIN] : [], // only if the page has another origin
  onError: (error) => console.error(error),
})

// Bun serves the default export. On Node, pass it to `serve()` of @hono/node-server.
export default new Hono().all('/api/ice-servers', (c) => handler(c.req.raw))

import { Hono } from 'hono'
import { createIceServersHandler, createTurnRestCredentials } from 'turnkeeper/server'
import { findUserId, readBearerToken } from './your-app.js'

export function createApp({ TURN_SECRET = '', TURN_URLS = '', APP_ORIGIN = '' } = process.env) {
  const handler = createIceServersHandler({
    source: createTurnRestCredentials({ secret: TURN_SECRET, urls: TURN_URLS.split(',') }),
    authorize: (request) => findUserId(readBearerToken(request)),
    allowedOrigins: [APP_ORIGIN],
    onError: (error) => console.error(error),
  })
  return new Hono().all('/api/ice-servers', (c) => handler(c.req.raw))
}

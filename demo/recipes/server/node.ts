import { serve } from '@hono/node-server'
import { createIceServersHandler, createTurnRestCredentials } from 'turnkeeper/server'
import { findUserId, readBearerToken } from './your-app.js'

export function startServer(
  address: { port: number; hostname?: string } = { port: 8787 },
  { TURN_SECRET = '', TURN_URLS = '', APP_ORIGIN = '' } = process.env,
) {
  const handler = createIceServersHandler({
    source: createTurnRestCredentials({ secret: TURN_SECRET, urls: TURN_URLS.split(',') }),
    authorize: (request) => findUserId(readBearerToken(request)),
    allowedOrigins: [APP_ORIGIN],
    rateLimit: { limit: 20, windowMs: 60_000 },
    onError: (error) => console.error(error),
  })
  return serve({ fetch: handler, ...address })
}

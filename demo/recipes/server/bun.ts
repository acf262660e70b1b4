import { createCloudflareTurn, createIceServersHandler } from 'turnkeeper/server'
import { findUserId, readBearerToken } from './your-app.js'

const { TURN_KEY_ID = '', TURN_KEY_SECRET = '', APP_ORIGIN } = process.env

const handler = createIceServersHandler({
  source: createCloudflareTurn({ keyId: TURN_KEY_ID, keySecret: TURN_KEY_SECRET }),
  // The page has to send a token: docs/backend.md#pages-of-another-origin
  authorize: (request) => findUserId(readBearerToken(request)),
  allowedOrigins: APP_ORIGIN ? [APP_ORIGIN] : [], // only if the page has another origin
  onError: (error) => console.error(error),
})

export default { fetch: handler, port: 8787 }

import { createCloudflareTurn, createIceServersHandler } from 'turnkeeper/server'
import { findUserId, readBearerToken } from './your-app.js'

const { TURN_KEY_ID = '', TURN_KEY_SECRET = '', APP_ORIGIN } = process.env

const handler = createIceServersHandler({
  // Created for each request, because `next build` loads this file without the secrets.
  source: (context) =>
    createCloudflareTurn({ keyId: TURN_KEY_ID, keySecret: TURN_KEY_SECRET }).generateCredentials(context),
  // The page has to send a token: docs/backend.md#pages-of-another-origin
  authorize: (request) => findUserId(readBearerToken(request)),
  allowedOrigins: APP_ORIGIN ? [APP_ORIGIN] : [], // only if the page has another origin
  onError: (error) => console.error(error),
})

export const GET = handler
export const POST = handler
export const OPTIONS = handler

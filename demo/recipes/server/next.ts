import { createCloudflareTurn, createIceServersHandler } from 'turnkeeper/server'
import { findUserId, readBearerToken } from './your-app.js'

/** Without it, Next.js 14 caches fetched responses, including credentials. */
export const dynamic = 'force-dynamic'

function createHandler() {
  const { TURN_KEY_ID = '', TURN_KEY_SECRET = '', APP_ORIGIN } = process.env
  return createIceServersHandler({
    source: createCloudflareTurn({ keyId: TURN_KEY_ID, keySecret: TURN_KEY_SECRET }),
    // The page has to send a token: docs/backend.md#pages-of-another-origin
    authorize: (request) => findUserId(readBearerToken(request)),
    allowedOrigins: APP_ORIGIN ? [APP_ORIGIN] : [], // only if the page has another origin
    onError: (error) => console.error(error),
  })
}

// Created at the first request, because `next build` loads this file without the secrets.
let handler: ReturnType<typeof createHandler> | undefined
const handle = (request: Request): Promise<Response> => {
  handler ??= createHandler()
  return handler(request)
}

export const GET = handle
export const POST = handle
export const OPTIONS = handle

import { createCloudflareTurn, createIceServersHandler } from 'turnkeeper/server'
import { bearerTokenOf, userIdOf } from './your-app.js'

/** Else Next.js 14 caches what it fetches, credentials too. */
export const dynamic = 'force-dynamic'

function createHandler() {
  const { TURN_KEY_ID = '', TURN_KEY_SECRET = '', APP_ORIGIN = '' } = process.env
  return createIceServersHandler({
    source: createCloudflareTurn({ keyId: TURN_KEY_ID, keySecret: TURN_KEY_SECRET }),
    authorize: (request) => userIdOf(bearerTokenOf(request)),
    allowedOrigins: [APP_ORIGIN],
    onError: (error) => console.error(error),
  })
}

// Not before the first request: `next build` loads this file, too, and has no secrets.
let handler: ReturnType<typeof createHandler> | undefined
const handle = (request: Request): Promise<Response> => {
  handler ??= createHandler()
  return handler(request)
}

export const GET = handle
export const POST = handle
export const OPTIONS = handle

import { createCloudflareTurn, createIceServersHandler, createTurnRestCredentials } from 'turnkeeper/server'
import { findUserId, readBearerToken } from './your-app.js'

/** Set secrets with `wrangler secret put`; the other variables can be in `vars`. */
interface Env {
  TURN_KEY_ID: string
  TURN_KEY_SECRET: string
  TURN_SECRET: string
  TURN_URLS: string
  APP_ORIGIN?: string
}

const createHandler = (env: Env) =>
  createIceServersHandler({
    source: [
      createCloudflareTurn({ keyId: env.TURN_KEY_ID, keySecret: env.TURN_KEY_SECRET }),
      createTurnRestCredentials({
        secret: env.TURN_SECRET,
        urls: env.TURN_URLS.split(',').map((url) => url.trim()),
      }),
    ],
    // The page has to send a token: docs/backend.md#pages-of-another-origin
    authorize: (request) => findUserId(readBearerToken(request)),
    allowedOrigins: env.APP_ORIGIN ? [env.APP_ORIGIN] : [], // only if the page has another origin
    onError: (error) => console.error(error),
  })

let handler: ReturnType<typeof createHandler> | undefined

export default {
  fetch(request: Request, env: Env, context: unknown): Promise<Response> {
    handler ??= createHandler(env)
    return handler(request, env, context) // the context completes the reports of `onError`
  },
}

/** A Hono app on Cloudflare Workers with an endpoint that issues ICE servers. */
import { Hono } from 'hono'
import { createCloudflareTurn, createIceServersHandler, createTurnRestCredentials } from 'turnkeeper/server'

/** Replace this with the sessions of your app. */
const sessions = new Map([['demo', 'alice']])

const createHandler = (env) =>
  createIceServersHandler({
    source: env.TURN_KEY_ID
      ? createCloudflareTurn({ keyId: env.TURN_KEY_ID, keySecret: env.TURN_KEY_SECRET })
      : createTurnRestCredentials({ secret: env.TURN_SECRET, urls: env.TURN_URLS.split(',') }),
    authorize: (request) =>
      sessions.get(/(?:^|; )session=(\w+)/.exec(request.headers.get('cookie') ?? '')?.[1]) ?? false,
    rateLimit: { limit: 20, windowMs: 60_000 }, // for each instance: docs/backend.md#rate-limits
    onError: (error) => console.error(error),
  })

let handler

const app = new Hono()
app.all('/api/ice-servers', (c) => {
  handler ??= createHandler(c.env)
  return handler(c.req.raw, c.env, c.executionCtx)
})

export default app

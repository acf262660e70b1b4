import { cookies } from 'next/headers'
import { createCloudflareTurn, createIceServersHandler, createTurnRestCredentials } from 'turnkeeper/server'

const { TURN_KEY_ID, TURN_KEY_SECRET = '' } = process.env
const { TURN_SECRET = 'of your coturn', TURN_URLS = 'turn:turn.example.org' } = process.env

/** Replace this with the sessions of your app. */
const sessions = new Map([['demo', 'alice']])

const handler = createIceServersHandler({
  source: TURN_KEY_ID
    ? createCloudflareTurn({ keyId: TURN_KEY_ID, keySecret: TURN_KEY_SECRET })
    : createTurnRestCredentials({ secret: TURN_SECRET, urls: TURN_URLS.split(',') }),
  authorize: async () => sessions.get((await cookies()).get('session')?.value ?? '') ?? false,
  rateLimit: { limit: 20, windowMs: 60_000 },
  onError: (error) => console.error(error),
})

export const GET = handler

/** React, and a backend for `npm run dev` and `npm start`. For production, see the starters for Express, Fastify and Workers. */
import react from '@vitejs/plugin-react'
import {
  createCloudflareTurn,
  createIceServersHandler,
  createTurnRestCredentials,
  toNodeListener,
} from 'turnkeeper/server'
import { defineConfig } from 'vite'

const { TURN_KEY_ID, TURN_KEY_SECRET } = process.env
const { TURN_SECRET = 'of your coturn', TURN_URLS = 'turn:turn.example.org' } = process.env

/** Replace this with the sessions of your app. */
const sessions = new Map([['demo', 'alice']])

const handler = createIceServersHandler({
  source: TURN_KEY_ID
    ? createCloudflareTurn({ keyId: TURN_KEY_ID, keySecret: TURN_KEY_SECRET })
    : createTurnRestCredentials({ secret: TURN_SECRET, urls: TURN_URLS.split(',') }),
  authorize: (request) =>
    sessions.get(/(?:^|; )session=(\w+)/.exec(request.headers.get('cookie') ?? '')?.[1]) ?? false,
  rateLimit: { limit: 20, windowMs: 60_000 },
  onError: (error) => console.error(error),
})

const addEndpoint = ({ middlewares }) => {
  middlewares.use('/api/ice-servers', toNodeListener(handler))
}
const backend = { name: 'backend', configureServer: addEndpoint, configurePreviewServer: addEndpoint }

export default defineConfig({ plugins: [react(), backend] })

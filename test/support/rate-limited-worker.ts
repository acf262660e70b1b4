/** A Worker with the rate limit of the recipe. Reports its errors to the upstream. */
import type { DurableObjectNamespace } from '@cloudflare/workers-types'
import { createIceServersHandler, createTurnRestCredentials } from 'turnkeeper/server'
import {
  RateLimitCounter as Counter,
  createDurableObjectStore,
} from '../../demo/recipes/server/durable-object-store.js'

interface Env {
  RATE_LIMIT: DurableObjectNamespace<RateLimitCounter>
  LIMIT: string
}

/** The class of the recipe, with a method that shows its storage. */
export class RateLimitCounter extends Counter {
  async storedKeys(): Promise<string[]> {
    return [...(await this.ctx.storage.list()).keys()]
  }
}

const createHandler = (env: Env, windowMs: number) =>
  createIceServersHandler({
    source: createTurnRestCredentials({ secret: 'turn-secret', urls: 'turn:turn.example.org' }),
    authorize(request) {
      const user = request.headers.get('x-user') ?? false
      if (user === 'broken') throw new Error('the session store is down')
      return user
    },
    rateLimit: { limit: Number(env.LIMIT), windowMs, store: createDurableObjectStore(env.RATE_LIMIT) },
    timeoutMs: 600_000, // so that a response that waits for its reports never arrives
    onError: (error, { stage }) =>
      fetch('https://errors.example.org/', { method: 'POST', body: `${stage}: ${(error as Error).message}` }),
  })

export default {
  async fetch(request: Request, env: Env, context: { waitUntil(promise: Promise<unknown>): void }) {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname !== '/storage') {
      return createHandler(env, Number(searchParams.get('windowMs')))(request, env, context)
    }
    const counter = env.RATE_LIMIT.get(env.RATE_LIMIT.idFromName(searchParams.get('key') ?? ''))
    return Response.json(await counter.storedKeys())
  },
}

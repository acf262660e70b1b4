/** `demo/recipes/server/redis-store.ts` with the clients that it names, and a real Redis. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { withTemporaryPackage } from '../../bench/temporary-package.js'
import { createRedisStore, type RunScript } from '../../demo/recipes/server/redis-store.js'
import { createTestHandler } from '../support/handler.js'
import { startRedis } from '../support/redis.js'
import { hasProgram } from '../support/system-packages.js'

const WINDOW_MS = 60_000
const COMMAND_TIMEOUT_MS = 5000

/** Loads a package that is not a dependency, because of its size. */
type Load = (name: 'ioredis' | 'redis') => IoredisModule & RedisModule

interface IoredisModule {
  readonly Redis: new (
    options: object,
  ) => Connection & {
    eval(script: string, keyCount: number, ...keysAndArguments: (string | number)[]): Promise<unknown>
    disconnect(): void
  }
}

interface RedisModule {
  createClient(options: object): Connection & {
    eval(script: string, parameters: { keys: string[]; arguments: string[] }): Promise<unknown>
    destroy(): void
  }
}

interface Connection {
  on(event: 'error', listener: () => void): void
  connect(): Promise<unknown>
}

interface Client {
  readonly runScript: RunScript
  close(): void
}

/** The clients with the settings that the recipe recommends. */
const CONNECT: Record<string, (load: Load, path: string) => Promise<Client>> = {
  async ioredis(load, path) {
    const options = { lazyConnect: true, enableOfflineQueue: false, commandTimeout: COMMAND_TIMEOUT_MS }
    const redis = new (load('ioredis').Redis)({ path, ...options })
    redis.on('error', () => {})
    await redis.connect()
    return {
      runScript: (script, key, windowMs) => redis.eval(script, 1, key, windowMs),
      close: () => redis.disconnect(),
    }
  },
  async redis(load, path) {
    const commandOptions = { timeout: COMMAND_TIMEOUT_MS }
    const redis = load('redis').createClient({ socket: { path }, disableOfflineQueue: true, commandOptions })
    redis.on('error', () => {})
    await redis.connect()
    return {
      runScript: (script, key, windowMs) =>
        redis.eval(script, { keys: [key], arguments: [String(windowMs)] }),
      close: () => redis.destroy(),
    }
  },
}

describe.skipIf(!hasProgram('redis-server'))('createRedisStore', () => {
  it.each(Object.entries(CONNECT))(
    'counts all requests of several instances with the client %s, and fails while Redis is down',
    async (name, connect) => {
      await withTemporaryPackage(name, 'latest', async (folder) => {
        const redis = await startRedis()
        const load = createRequire(join(folder, 'app.js'))
        const clients = [await connect(load, redis.socketPath), await connect(load, redis.socketPath)]
        onTestFinished(() => {
          for (const client of clients) client.close()
        })
        const stores = clients.map(({ runScript }) => createRedisStore(runScript))

        const calls = Array.from({ length: 200 }, (_, index) =>
          stores[index % 2]?.increment('many', WINDOW_MS),
        )
        const results = await Promise.all(calls)
        const counts = results.map((result) => result?.count ?? 0).sort((a, b) => a - b)
        expect(counts).toEqual(Array.from({ length: 200 }, (_, index) => index + 1))
        for (const result of results) {
          expect(Math.abs((result?.resetAt ?? 0) - Date.now() - WINDOW_MS)).toBeLessThan(WINDOW_MS / 2)
        }

        const [store] = stores
        if (!store) throw new Error('no store')
        const { request, source, onError } = createTestHandler({
          rateLimit: { limit: 2, windowMs: WINDOW_MS, store },
        })
        const statuses = [await request(), await request(), await request()].map(({ status }) => status)
        expect(statuses).toEqual([200, 200, 429])
        await redis.stop()
        vi.clearAllMocks()
        expect((await request()).status).toBe(503)
        expect(source).not.toHaveBeenCalled()
        expect(onError.mock.calls).toEqual([
          [expect.any(Error), expect.objectContaining({ stage: 'rateLimit' })],
        ])
      })
    },
  )
})

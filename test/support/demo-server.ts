/** Starts the demo for browser tests. */
import { createServer } from 'vite'
import type { BackendOptions } from '../../demo/backend.js'
import { demoConfig } from '../../demo/demo-config.js'

/** Serves the demo like `npm start`. Parallel servers need different names, so that they do not share a cache. */
export async function startDemo(name: string, options: BackendOptions = {}) {
  const server = await createServer({
    ...demoConfig(options),
    cacheDir: new URL(`../../node_modules/.vite-${name}`, import.meta.url).pathname,
    logLevel: 'error',
  })
  await server.listen()
  return { url: server.resolvedUrls?.local[0] ?? '', stop: () => server.close() }
}

/** A provider in a page whose service worker answers from its cache first, as many generated service workers do. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { startPageServer } from '../support/page-server.js'

const ENDPOINT = '/ice-servers'

const CACHE_FIRST = `
addEventListener('install', () => skipWaiting())
addEventListener('activate', (event) => event.waitUntil(clients.claim()))
addEventListener('fetch', (event) => {
  if (!event.request.url.endsWith('${ENDPOINT}')) return
  event.respondWith((async () => {
    const cache = await caches.open('all')
    const stored = await cache.match(event.request)
    if (stored) return stored
    const response = await fetch(event.request)
    await cache.put(event.request, response.clone())
    return response
  })())
})`

let pages: Awaited<ReturnType<typeof startPageServer>>
beforeAll(async () => {
  let count = 0
  const servers = () => ({
    iceServers: [{ urls: 'turn:turn.example.org', username: `u${++count}`, credential: 'c' }],
    ttl: 3,
  })
  pages = await startPageServer({ [ENDPOINT]: servers }, { '/worker.js': CACHE_FIRST })
})
afterAll(() => pages?.stop())

describeInBrowsers('a cache-first service worker', (browser) => {
  it('does not make expired credentials fresh again, is reported, and is recovered from', async () => {
    const page = await browser.open(pages.url)
    const before = pages.requestsTo(ENDPOINT)
    const stored = await page.evaluate(async (endpoint) => {
      await caches.delete('all') // of an attempt before
      await navigator.serviceWorker.register('/worker.js')
      if (!navigator.serviceWorker.controller) {
        await new Promise((resolve) =>
          navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }),
        )
      }
      const provider = new TurnKeeper.IceServerProvider(endpoint, { keepFresh: 'always' })
      Object.assign(globalThis, { provider })
      let updates = 0
      provider.on('update', () => updates++)
      const error = await new Promise<string>((resolve) =>
        provider.on('error', ({ code, message }) => resolve(`${code} ${message}`)),
      )
      return { updates, error, current: provider.current, state: provider.state }
    }, ENDPOINT)
    expect(stored).toEqual({
      updates: 1,
      error: expect.stringMatching(/^ERR_EXPIRED .*a cache or a service worker/),
      current: undefined,
      state: 'failing',
    })
    expect(pages.requestsTo(ENDPOINT) - before).toBe(1)

    const recovered = await page.evaluate(async () => {
      await caches.delete('all')
      await provider.refresh()
      const { current, lastError } = provider
      provider.close()
      return { servers: current?.iceServers.length, lastError }
    })
    expect(recovered).toEqual({ servers: 1, lastError: undefined })
    await page.close()
  })
})

/** A global that the test sets in its page. */
declare const provider: InstanceType<typeof TurnKeeper.IceServerProvider>

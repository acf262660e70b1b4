import type { Page } from 'puppeteer-core'
import { createServer, type ViteDevServer } from 'vite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { demoConfig } from '../../demo/demo-config.js'
import { describeInBrowsers } from '../support/browsers.js'

let server: ViteDevServer
let url: string
beforeAll(async () => {
  server = await createServer({
    ...demoConfig({ ttlSeconds: 8, atExpiry: 'drop' }),
    cacheDir: new URL('../../node_modules/.vite-recipes', import.meta.url).pathname,
    optimizeDeps: { force: true }, // or else what a page imports for the first time reloads it
    logLevel: 'error',
  })
  await server.listen()
  url = server.resolvedUrls?.local[0] ?? ''
})
afterAll(() => server?.close())

/** What the page says of its call, by the id of the element. */
const read = (page: Page): Promise<Record<string, string>> =>
  page.$$eval('main [id]', (elements) =>
    Object.fromEntries(elements.map(({ id, textContent }) => [id, textContent])),
  )

async function untilAll(page: Page, expected: Record<string, RegExp | number>): Promise<void> {
  await expect
    .poll(() => read(page), { timeout: 60_000, interval: 200 })
    .toEqual(
      expect.objectContaining(
        Object.fromEntries(
          Object.entries(expected).map(([id, value]) => [
            id,
            value instanceof RegExp
              ? expect.stringMatching(value)
              : expect.toSatisfy((text) => Number(text) >= value),
          ]),
        ),
      ),
    )
}

describeInBrowsers('recipes', ({ open }) => {
  it.each(['plain', 'simple-peer', 'peerjs', 'mediasoup', 'livekit', 'libp2p'])(
    '%s: the call outlives its credentials',
    async (recipe) => {
      const page = await open('about:blank')
      const complaints: string[] = []
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
      page.on('pageerror', (error) => complaints.push(String(error)))
      await page.goto(`${url}recipes/${recipe}.html`)
      await untilAll(page, { state: /^connected$/, path: /^relay ↔/ })
      await untilAll(page, {
        rotations,
        outlived: 200,
        state: /^connected$/,
        path: /^relay ↔/,
        fault: /^$/,
      })
      expect(complaints).toEqual([])
      await page.close()
    },
  )
})

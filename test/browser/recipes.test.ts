import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { startDemo } from '../support/demo-server.js'

let server: Awaited<ReturnType<typeof startDemo>>
let url: string
beforeAll(async () => {
  server = await startDemo('recipes', { ttlSeconds: 8, atExpiry: 'drop' })
  url = server.url
})
afterAll(() => server?.stop())

/** What the page says of its call, by the id of the element. */
const read = (page: Page): Promise<Record<string, string>> =>
  page.$$eval('main [id]', (elements) =>
    Object.fromEntries(elements.map(({ id, textContent }) => [id, textContent ?? ''])),
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
  it.each(['plain', 'simple-peer', 'peerjs', 'mediasoup', 'libp2p'])(
    '%s: the call outlives its credentials',
    async (recipe) => {
      const page = await open('about:blank')
      const complaints: string[] = []
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
      page.on('pageerror', (error) => complaints.push(String(error)))
      await page.goto(`${url}recipes/${recipe}.html`)
      await untilAll(page, { state: /^connected$/, path: /^relay ↔/ })
      await untilAll(page, {
        rotations: 4,
        outlived: 100,
        state: /^connected$/,
        path: /^relay ↔/,
        fault: /^$/,
      })
      expect(complaints).toEqual([])
      await page.close()
    },
  )
})

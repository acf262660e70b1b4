import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it, type TestContext } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { startDemo } from '../support/demo-server.js'

let server: Awaited<ReturnType<typeof startDemo>>
let url: string
beforeAll(async () => {
  server = await startDemo('recipes', { ttlSeconds: 8, atExpiry: 'drop' })
  url = server.url
})
afterAll(() => server?.stop())

/** Resolves with the texts of the page by the ids of their elements. */
const readTexts = (page: Page): Promise<Record<string, string>> =>
  page.$$eval('main [id]', (elements) =>
    Object.fromEntries(elements.map(({ id, textContent }) => [id, textContent ?? ''])),
  )

const CONNECTED = {
  state: 'connected',
  'selected-pair': expect.stringMatching(/^relay ↔/),
  error: '',
}

const until = (page: Page, expected: Record<string, unknown>, { expect }: TestContext) =>
  expect.poll(() => readTexts(page), { timeout: 45_000, interval: 200 }).toMatchObject(expected)

const atLeast = (minimum: number) =>
  expect.toSatisfy((text) => Number(text) >= minimum, `at least ${minimum}`)

describeInBrowsers('the recipe pages', ({ open }) => {
  // The calls wait for most of their time.
  it.concurrent.for<readonly [recipe: string, refreshes: number]>([
    ['plain', 4],
    ['simple-peer', 4],
    ['peerjs', 4],
    ['mediasoup', 6],
    ['livekit', 6],
    ['libp2p', 4],
  ])(
    'keep a call alive beyond the expiry of its credentials: %s',
    { timeout: 120_000 },
    async ([recipe, refreshes], context) => {
      const page = await open('about:blank')
      const consoleErrors: string[] = []
      page.on('console', (message) => message.type() === 'error' && consoleErrors.push(message.text()))
      page.on('pageerror', (error) => consoleErrors.push(String(error)))
      await page.goto(`${url}recipes/${recipe}.html`)
      await until(page, CONNECTED, context)
      const kept = { refreshes: atLeast(refreshes), 'received-after-expiry': atLeast(100) }
      await until(page, { ...CONNECTED, ...kept }, context)
      context.expect(consoleErrors).toEqual([])
      await page.close()
    },
  )
})

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

const CONNECTED = {
  state: 'connected',
  path: expect.stringMatching(/^relay ↔/),
  fault: '',
}

const until = (page: Page, expected: Record<string, unknown>) =>
  expect.poll(() => read(page), { timeout: 60_000, interval: 200 }).toMatchObject(expected)

const atLeast = (least: number) => expect.toSatisfy((text) => Number(text) >= least, `at least ${least}`)

describeInBrowsers('recipes', ({ open }) => {
  it.each([
    ['plain', 6],
    ['simple-peer', 6],
    ['peerjs', 6],
    ['mediasoup', 3],
    ['livekit', 3],
    ['libp2p', 6],
  ])('%s: the call outlives its credentials', async (recipe, rotations) => {
    const page = await open('about:blank')
    const complaints: string[] = []
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(`${url}recipes/${recipe}.html`)
    await until(page, CONNECTED)
    await until(page, { ...CONNECTED, rotations: atLeast(rotations), outlived: atLeast(200) })
    expect(complaints).toEqual([])
    await page.close()
  })
})

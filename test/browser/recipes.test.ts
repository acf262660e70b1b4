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

const CONNECTED = {
  state: 'connected',
  path: expect.stringMatching(/^relay ↔/),
  fault: '',
}

const until = (page: Page, expected: Record<string, unknown>) =>
  expect.poll(() => read(page), { timeout: 45_000, interval: 200 }).toMatchObject(expected)

const atLeast = (least: number) => expect.toSatisfy((text) => Number(text) >= least, `at least ${least}`)

describeInBrowsers('recipes', ({ open }) => {
  it.each([
    ['plain', 4],
    ['simple-peer', 4],
    ['peerjs', 4],
    ['mediasoup', 3],
    ['livekit', 3],
    ['libp2p', 4],
  ])('%s: the call outlives its credentials', async (recipe, rotations) => {
    const page = await open('about:blank')
    const complaints: string[] = []
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()))
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(`${url}recipes/${recipe}.html`)
    await until(page, CONNECTED)
    await until(page, { ...CONNECTED, rotations: atLeast(rotations), outlived: atLeast(100) })
    expect(complaints).toEqual([])
    await page.close()
  })
})

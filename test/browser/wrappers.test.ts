import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { startDemo } from '../support/demo-server.js'

let server: Awaited<ReturnType<typeof startDemo>>
let url: string
beforeAll(async () => {
  server = await startDemo('wrappers', { ttlSeconds: 8 })
  url = server.url
})
afterAll(() => server?.stop())

/** Runs in the page before its own scripts: writes down its connections and the states that they go through. */
function watchConnections(): void {
  const connections: RTCPeerConnection[] = []
  const states: string[] = []
  class WatchedConnection extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      connections.push(this)
      this.addEventListener('connectionstatechange', () => states.push(this.connectionState))
    }
  }
  /** The candidate in use of each open connection, as its type and port. */
  const relays = () =>
    Promise.all(
      connections
        .filter((connection) => connection.connectionState === 'connected')
        .map(async (connection) => {
          const stats = [...(await connection.getStats()).values()]
          const byId = (id: string) => stats.find((entry) => entry.id === id)
          const transport = stats.find((entry) => entry.type === 'transport')
          const pair =
            byId(transport?.selectedCandidatePairId) ??
            stats.find((entry) => entry.type === 'candidate-pair' && entry.selected)
          const candidate = byId(pair?.localCandidateId)
          return `${candidate?.candidateType} ${candidate?.port}`
        }),
    )
  Object.assign(globalThis, {
    RTCPeerConnection: WatchedConnection,
    watched: { connections, states, relays },
  })
}

declare const watched: {
  connections: RTCPeerConnection[]
  states: string[]
  relays(): Promise<string[]>
}

/** What the tests do with a page that has a call. */
async function openCall(page: Page, path: string) {
  const complaints: string[] = []
  page.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) complaints.push(message.text())
  })
  page.on('pageerror', (error) => complaints.push(String(error)))
  await page.evaluateOnNewDocument(watchConnections)
  await page.goto(new URL(path, url).href)
  const until = (expression: string) => page.waitForFunction(expression, { timeout: 60_000, polling: 100 })
  return {
    complaints,
    until,
    textOf: (id: string) => page.$eval(`#${id}`, (element) => element.textContent ?? ''),
    relays: () => page.evaluate(() => watched.relays()),
    states: () => page.evaluate(() => [...new Set(watched.states)]),
    isConnected: () => until(`document.getElementById('call-state')?.textContent === 'connected'`),
    /** Until the credentials were replaced, and both ends have another relay than before. */
    async moves(before: readonly string[]) {
      await until(`Number(document.getElementById('refreshes').textContent) >= 1`)
      await until(
        `watched.relays().then((relays) => relays.length === 2 && !relays.some((relay) => ${JSON.stringify(before)}.includes(relay)))`,
      )
    },
    /** Until an expression, a number, is larger than it is now. */
    async grows(expression: string, by: number) {
      const before = await page.evaluate(`Number(${expression})`)
      await until(`${expression} > ${Number(before) + by}`)
    },
    async isNarrowEnough() {
      await page.setViewport({ width: 390, height: 844 })
      return page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)
    },
  }
}

const TWO_RELAYS = [expect.stringMatching(/^relay \d+$/), expect.stringMatching(/^relay \d+$/)]

describeInBrowsers('the demo in React', ({ open }) => {
  it('keeps its call up while the credentials rotate, in StrictMode', async () => {
    const page = await open('about:blank')
    const call = await openCall(page, '/react/')
    await call.isConnected()
    const firstEnd = await call.textOf('expires-at') // before the relays, for they are replaced after it
    const relays = await call.relays()
    expect(relays).toEqual(TWO_RELAYS)

    await call.moves(relays)
    await call.grows(`document.querySelector('video').currentTime`, 1)
    expect(await call.textOf('expires-at')).not.toBe(firstEnd)
    expect(await call.textOf('call-state')).toBe('connected')
    expect(await call.textOf('provider-state')).toMatch(/^(fresh|stale)$/)
    expect(await call.states()).toEqual(['connecting', 'connected'])
    expect(await page.evaluate(() => watched.connections.length)).toBe(2)

    await page.click('#call-button')
    await call.until(`document.getElementById('call-state').textContent === 'closed'`)
    const states = await page.evaluate(() => watched.connections.map((each) => each.connectionState))
    expect(states).toEqual(['closed', 'closed'])
    await page.click('#call-button')
    await call.isConnected()
    await call.grows(`document.querySelector('video').currentTime`, 1)
    expect(await call.textOf('problem')).toBe('')
    expect(call.complaints).toEqual([])
    expect(await call.isNarrowEnough()).toBe(true)
    await page.close()
  })
})

describeInBrowsers('the demo with a script tag', ({ open }) => {
  it('keeps its data channel up while the credentials rotate', async () => {
    const page = await open('about:blank')
    const call = await openCall(page, '/script-tag.html')
    await call.isConnected()
    const firstEnd = await call.textOf('expires-at') // before the relays, for they are replaced after it
    const relays = await call.relays()
    expect(relays).toEqual(TWO_RELAYS)
    const messages = `document.getElementById('messages').textContent`
    await call.grows(messages, 10)

    await call.moves(relays)
    await call.grows(messages, 10)
    expect(await call.textOf('expires-at')).not.toBe(firstEnd)
    expect(await call.textOf('call-state')).toBe('connected')
    expect(await call.states()).toEqual(['connecting', 'connected'])
    expect(call.complaints).toEqual([])
    expect(await call.isNarrowEnough()).toBe(true)
    await page.close()
  })
})

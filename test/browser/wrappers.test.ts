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

/** Runs in the page before its own scripts. Records its connections and their states. */
function recordConnections(): void {
  const connections: RTCPeerConnection[] = []
  const states: string[] = []
  class RecordedConnection extends RTCPeerConnection {
    constructor(configuration?: RTCConfiguration) {
      super(configuration)
      connections.push(this)
      this.addEventListener('connectionstatechange', () => states.push(this.connectionState))
    }
  }
  /** Resolves with type and port of the selected local candidate of each connection. */
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
    RTCPeerConnection: RecordedConnection,
    recorded: { connections, states, relays },
  })
}

declare const TurnKeeper: typeof import('turnkeeper')
declare const recorded: {
  connections: RTCPeerConnection[]
  states: string[]
  relays(): Promise<string[]>
}

/** Opens a page that has a call. */
async function openCall(page: Page, path: string) {
  const consoleMessages: string[] = []
  page.on('console', (message) => {
    if (['error', 'warn'].includes(message.type())) consoleMessages.push(message.text())
  })
  page.on('pageerror', (error) => consoleMessages.push(String(error)))
  await page.evaluateOnNewDocument(recordConnections)
  await page.goto(new URL(path, url).href)
  const until = (expression: string) => page.waitForFunction(expression, { timeout: 60_000, polling: 100 })
  return {
    consoleMessages,
    until,
    textOf: (id: string) => page.$eval(`#${id}`, (element) => element.textContent ?? ''),
    relays: () => page.evaluate(() => recorded.relays()),
    states: () => page.evaluate(() => [...new Set(recorded.states)]),
    untilConnected: () => until(`document.querySelector('#call-state, #state')?.textContent === 'connected'`),
    /** Waits until the credentials were refreshed and both peers use other relays. */
    async untilMovedFrom(before: readonly string[]) {
      await until(`Number(document.getElementById('refreshes').textContent) >= 1`)
      await until(
        `recorded.relays().then((relays) => relays.length === 2 && !relays.some((relay) => ${JSON.stringify(before)}.includes(relay)))`,
      )
    },
    /** Waits until an expression has grown by a number. */
    async untilGrown(expression: string, by: number) {
      const before = await page.evaluate(`Number(${expression})`)
      await until(`${expression} > ${Number(before) + by}`)
    },
    untilExpiryChangedFrom: (before: string) =>
      until(`document.getElementById('expires-at').textContent !== ${JSON.stringify(before)}`),
    async fitsPhone() {
      await page.setViewport({ width: 390, height: 844 })
      return page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)
    },
  }
}

const TWO_RELAYS = [expect.stringMatching(/^relay \d+$/), expect.stringMatching(/^relay \d+$/)]

describeInBrowsers('the pages of the frameworks', ({ open }) => {
  it.each(['React, in StrictMode', 'Vue', 'Svelte'])(
    'keep their call alive while the credentials rotate: %s',
    async (framework) => {
      const page = await open('about:blank')
      const call = await openCall(page, `/${framework.toLowerCase().replace(/,.*/, '')}/`)
      await call.untilConnected()
      const firstExpiry = await call.textOf('expires-at') // read before the relays, which change later
      const relays = await call.relays()
      expect(relays).toEqual(TWO_RELAYS)

      await call.untilMovedFrom(relays)
      await call.untilGrown(`document.querySelector('video').currentTime`, 1)
      await call.untilExpiryChangedFrom(firstExpiry)
      expect(await call.textOf('call-state')).toBe('connected')
      expect(await call.textOf('provider-state')).toMatch(/^(fresh|stale)$/)
      expect(await call.states()).toEqual(['connecting', 'connected'])
      expect(await page.evaluate(() => recorded.connections.length)).toBe(2)

      await page.click('#call-button')
      await call.until(`document.getElementById('call-state').textContent === 'closed'`)
      const states = await page.evaluate(() =>
        recorded.connections.map((connection) => connection.connectionState),
      )
      expect(states).toEqual(['closed', 'closed'])
      await page.click('#call-button')
      await call.untilConnected()
      await call.untilGrown(`document.querySelector('video').currentTime`, 1)
      expect(await call.textOf('error')).toBe('')
      expect(call.consoleMessages).toEqual([])
      expect(await call.fitsPhone()).toBe(true)
      await page.close()
    },
  )
})

describeInBrowsers('the script tag page', ({ open }) => {
  it('throws a TypeError with the right call for a provider in place of a configuration', async () => {
    const page = await open(new URL('/script-tag.html', url).href)
    const message = page.evaluate(() => {
      const provider = new TurnKeeper.IceServerProvider('/api/ice-servers')
      try {
        return String(new RTCPeerConnection(provider as unknown as RTCConfiguration))
      } catch (error) {
        return String(error)
      }
    })
    expect(await message).toMatch(
      /^TypeError: IceServerProvider has no iceServers: pass \{ iceServers: await /,
    )
    await page.close()
  })

  it('keeps its data channel open while the credentials rotate', async () => {
    const page = await open('about:blank')
    const call = await openCall(page, '/script-tag.html')
    await call.untilConnected()
    const relays = await call.relays()
    expect(relays).toEqual(TWO_RELAYS)
    const messages = `document.getElementById('received').textContent`
    await call.untilGrown(messages, 10)

    await call.untilMovedFrom(relays)
    await call.untilGrown(messages, 10)
    expect(await call.textOf('state')).toBe('connected')
    await call.until(`Number(document.getElementById('received-after-expiry').textContent) > 10`)
    expect(await call.states()).toEqual(['connecting', 'connected'])
    expect(call.consoleMessages).toEqual([])
    expect(await call.fitsPhone()).toBe(true)
    await page.close()
  })
})

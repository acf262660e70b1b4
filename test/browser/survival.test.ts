import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type BrowserTest, describeInBrowsers } from '../support/browsers.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { installCalls } from '../support/page-calls.js'
import { startPageServer } from '../support/page-server.js'

const TTL_SECONDS = 4
const HOUR_MS = 3_600_000
const TABS = 10

/** How often each endpoint was asked. */
const requests: Record<string, number> = {}
let isBackendDown = false

let refusing: Awaited<ReturnType<typeof startEmbeddedTurn>>
let dropping: Awaited<ReturnType<typeof startEmbeddedTurn>>
let pages: Awaited<ReturnType<typeof startPageServer>>

beforeAll(async () => {
  refusing = await startEmbeddedTurn()
  dropping = await startEmbeddedTurn({ atExpiry: 'drop' })
  const counted = <Response>(path: string, answer: (response: Response) => unknown) => {
    return (response: Response) => {
      requests[path] = (requests[path] ?? 0) + 1
      return answer(response)
    }
  }
  /** Only the username tells the end, so that all hangs on whose clock is right. */
  const named = async () => ({ iceServers: (await refusing.mint(TTL_SECONDS)).iceServers })
  const endpoints = {
    '/revoked': () => refusing.mint(3600),
    '/down': () => {
      if (isBackendDown) throw new Error('down')
      return dropping.mint(TTL_SECONDS)
    },
    '/short': () => refusing.mint(TTL_SECONDS),
    '/shared': () => refusing.mint(30), // the refreshes of the tabs spread over a tenth of that
    '/dated': named,
    '/timed': async (response: { sendDate: boolean }) => {
      response.sendDate = false
      return { ...(await named()), serverTime: Date.now() }
    },
    '/timeless': (response: { sendDate: boolean }) => {
      response.sendDate = false
      return named()
    },
  }
  pages = await startPageServer(
    Object.fromEntries(Object.entries(endpoints).map(([path, answer]) => [path, counted(path, answer)])),
  )
})
afterAll(() => {
  pages?.stop()
  refusing?.stop()
  dropping?.stop()
})

const until = async (condition: () => unknown) => {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 50))
}
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Runs in the page: a relay-only call from one end to the other, and all that happens to it. */
async function startCall(endpoint: string) {
  const events: string[] = []
  // Without chance, for a back-off of many seconds may be longer than a browser tries to reach the other end.
  const provider = new TurnKeeper.IceServerProvider(endpoint, { random: () => 0 })
  provider.on('statechange', (state) => events.push(state))
  provider.on('error', ({ code, status }) => events.push(status ? `${code} ${status}` : code))
  provider.on('expired', () => events.push('expired!'))
  provider.on('update', () => events.push('update'))
  const iceServers = await provider.getIceServers()
  const [caller, callee] = [1, 2].map(
    () => new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' }),
  ) as [RTCPeerConnection, RTCPeerConnection]
  provider.attach(caller)
  provider.attach(callee)
  const toCallee = Calls.negotiatePerfectly(callee, true, (message) => setTimeout(() => toCaller(message)))
  const toCaller = Calls.negotiatePerfectly(caller, false, (message) => setTimeout(() => toCallee(message)))
  const { traffic } = Calls.sendTraffic(caller.createDataChannel('x'), callee)
  caller.addEventListener('iceconnectionstatechange', () => events.push(`ICE ${caller.iceConnectionState}`))
  await Calls.until(() => traffic.received > 10)
  Object.assign(globalThis, { call: { provider, caller, callee, traffic, events } })
}

declare const call: {
  provider: InstanceType<typeof TurnKeeper.IceServerProvider>
  caller: RTCPeerConnection
  callee: RTCPeerConnection
  traffic: { received: number }
  events: string[]
}

/** Runs in the page: whether messages still arrive. */
async function isAlive(): Promise<boolean> {
  const { received } = call.traffic
  return Calls.until(() => call.traffic.received > received + 20, 30_000)
}

async function openCall({ open }: BrowserTest, endpoint: string): Promise<Page> {
  const page = await open(pages.url)
  await page.evaluate(installCalls)
  await page.evaluate(startCall, endpoint)
  return page
}

describeInBrowsers('survives', (browser) => {
  it('revoked credentials: the next ICE restart meets the refusal and heals by itself', async () => {
    const page = await openCall(browser, '/revoked')
    const before = requests['/revoked'] ?? 0
    refusing.revokeAll()
    await page.evaluate(() => {
      call.events.length = 0
      call.caller.restartIce()
    })
    await page.evaluate(() => Calls.until(() => call.events.includes('update'), 20_000))
    expect(await page.evaluate(isAlive)).toBe(true)
    await until(() => refusing.allocatedUsernames().length > 0)
    const { events, username } = await page.evaluate(async () => {
      await new Promise((resolve) => setTimeout(resolve, 3000)) // the restart with the new ones, and no more
      return { events: call.events, username: call.provider.current?.iceServers[0]?.username ?? '' }
    })
    expect(events.filter((event) => !event.startsWith('ICE'))).toEqual([
      'ERR_ICE_SERVER',
      'stale',
      'update',
      'fresh',
    ])
    expect((requests['/revoked'] ?? 0) - before).toBe(1)
    expect(refusing.allocatedUsernames()).toContain(username)
    await page.close()
  })

  it('a backend that is away for two lifetimes: stale, expired, fresh, and the call is back', async () => {
    isBackendDown = false
    const page = await openCall(browser, '/down')
    await page.evaluate(() => {
      call.events.length = 0
    })
    isBackendDown = true
    await page.evaluate(() =>
      Calls.until(() => call.events.includes('ICE disconnected') || call.events.includes('ICE failed')),
    )
    const before = requests['/down'] ?? 0
    await wait(TTL_SECONDS * 1000)
    expect((requests['/down'] ?? 0) - before).toBeLessThanOrEqual(TTL_SECONDS + 1) // one a second at most
    isBackendDown = false
    await page.evaluate(() => Calls.until(() => call.events.includes('update')))
    expect(await page.evaluate(isAlive)).toBe(true)
    const events = await page.evaluate(() => call.events)
    const upToUpdate = events.slice(0, events.indexOf('update') + 2)
    expect(upToUpdate.filter((event) => /^(stale|expired|expired!|update|fresh)$/.test(event))).toEqual([
      'stale',
      'expired!',
      'expired',
      'update',
      'fresh',
    ])
    await page.close()
  })

  it.concurrent.each([
    ['/dated', HOUR_MS * 2],
    ['/dated', HOUR_MS * -2],
    ['/timed', HOUR_MS * 2],
    ['/timed', HOUR_MS * -2],
  ])('a clock that is wrong, with %s by %i ms', async (endpoint, offsetMs) => {
    const page = await browser.open(pages.url)
    const result = await page.evaluate(
      async (path, offset) => {
        const { now } = Date
        Date.now = () => now() + offset
        const provider = new TurnKeeper.IceServerProvider(path)
        const usernames: unknown[] = []
        const errors: string[] = []
        provider.on('error', ({ code }) => errors.push(code))
        await new Promise<void>((resolve) => {
          provider.on('update', ({ iceServers }) => {
            if (usernames.push(iceServers[0]?.username) === 3) resolve()
          })
        })
        const { state } = provider
        provider.close()
        return { usernames: new Set(usernames).size, errors, state }
      },
      endpoint,
      offsetMs,
    )
    expect(result).toEqual({ usernames: 3, errors: [], state: 'fresh' })
    await page.close()
  })

  it.concurrent('a clock that is ahead where nothing tells the time: a clear error, and no loop', async () => {
    const page = await browser.open(pages.url)
    const before = requests['/timeless'] ?? 0
    const error = await page.evaluate(async () => {
      const { now } = Date
      Date.now = () => now() + 7_200_000
      const provider = new TurnKeeper.IceServerProvider('/timeless')
      provider.on('update', () => {})
      const rejection = await provider.getIceServers().catch(({ code, message }) => `${code} ${message}`)
      await new Promise((resolve) => setTimeout(resolve, 3000))
      provider.close()
      return rejection
    })
    expect(error).toBe('ERR_EXPIRED the credentials had expired, by username: is a clock wrong?')
    expect((requests['/timeless'] ?? 0) - before).toBeLessThanOrEqual(4) // one a second at most
    await page.close()
  })

  it(`with ${TABS} tabs, and one request a period, or one more`, async () => {
    const tabs = await Promise.all(Array.from({ length: TABS }, () => browser.open(pages.url)))
    await Promise.all(
      tabs.map((tab) =>
        tab.evaluate(async () => {
          const provider = new TurnKeeper.IceServerProvider('/shared', { shareAcrossTabs: 'test' })
          Object.assign(globalThis, { provider })
          provider.on('update', () => {})
          await provider.getIceServers()
        }),
      ),
    )
    await wait(1500) // what the tabs asked one another at the start
    const usernameOf = (tab: Page) =>
      tab.evaluate(() => {
        const { current } = Object(globalThis).provider
        return `${current?.iceServers[0]?.username}`
      })
    const first = tabs[0] as Page
    const made: number[] = []
    let username = await usernameOf(first)
    let before = requests['/shared'] ?? 0
    while (made.length < 2) {
      await wait(100)
      const next = await usernameOf(first)
      if (next === username) continue
      await wait(1000) // for the requests that were under way at the same time
      username = await usernameOf(first)
      made.push((requests['/shared'] ?? 0) - before)
      before = requests['/shared'] ?? 0
    }
    expect(made.filter((count) => count > 2)).toEqual([])
    const usernames = await Promise.all(tabs.map(usernameOf))
    expect(new Set(usernames).size).toBe(1)
    await Promise.all(tabs.map((tab) => tab.close()))
  })

  it.skipIf(browser.name === 'firefox')(
    'being frozen across the expiry: one request, nothing expired',
    async () => {
      const page = await browser.open(pages.url)
      await page.evaluate(async () => {
        const provider = new TurnKeeper.IceServerProvider('/short', { random: () => 0 })
        const seen: string[] = []
        Object.assign(globalThis, { provider, seen })
        provider.on('update', ({ expiresAt }) => seen.push(expiresAt > Date.now() ? 'valid' : 'expired'))
        document.addEventListener('resume', () => seen.push(`resumed with ${provider.current}`))
        await provider.getIceServers()
      })
      const session = await page.createCDPSession()
      await session.send('Page.setWebLifecycleState', { state: 'frozen' })
      const before = requests['/short'] ?? 0
      await wait(TTL_SECONDS * 1000 + 2000)
      expect((requests['/short'] ?? 0) - before).toBe(0)
      await session.send('Page.setWebLifecycleState', { state: 'active' })
      await until(() => (requests['/short'] ?? 0) > before)
      await wait(500)
      expect((requests['/short'] ?? 0) - before).toBe(1)
      expect(await page.evaluate(() => Object(globalThis).seen)).toEqual([
        'valid',
        'resumed with undefined',
        'valid',
      ])
      await page.close()
    },
  )

  it.skipIf(browser.name === 'firefox')(
    'being offline across the expiry: one request when it is back',
    async () => {
      const page = await browser.open(pages.url)
      await page.evaluate(async () => {
        const provider = new TurnKeeper.IceServerProvider('/short', { random: () => 0 })
        Object.assign(globalThis, { provider, errors: [] })
        provider.on('update', () => {})
        provider.on('error', ({ code }) => Object(globalThis).errors.push(code))
        await provider.getIceServers()
      })
      await page.setOfflineMode(true)
      const before = requests['/short'] ?? 0
      await wait(TTL_SECONDS * 1000 + 3000)
      const offline = await page.evaluate(() => {
        const { provider, errors } = Object(globalThis)
        return { state: provider.state, errors, onLine: navigator.onLine }
      })
      // One refresh, with the tries that belong to it; then it waits for the network.
      expect(offline).toEqual({ state: 'expired', errors: ['ERR_NETWORK'], onLine: false })
      await page.setOfflineMode(false)
      await until(() => (requests['/short'] ?? 0) > before)
      await wait(500)
      expect((requests['/short'] ?? 0) - before).toBe(1)
      expect(await page.evaluate(() => Object(globalThis).provider.state)).toBe('fresh')
      await page.close()
    },
  )
})

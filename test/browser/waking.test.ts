import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { startPageServer } from '../support/page-server.js'
import { until, wait } from '../support/wait.js'

const TTL_SECONDS = 4
const HOUR_MS = 3_600_000
const TABS = 10

let turn: Awaited<ReturnType<typeof startEmbeddedTurn>>
let pages: Awaited<ReturnType<typeof startPageServer>>

beforeAll(async () => {
  turn = await startEmbeddedTurn()
  /** Only the username tells the end, so that all hangs on whose clock is right. */
  const named = async () => ({ iceServers: (await turn.mint(TTL_SECONDS)).iceServers })
  pages = await startPageServer({
    '/short': () => turn.mint(TTL_SECONDS),
    '/shared': () => turn.mint(30), // the refreshes of the tabs spread over a tenth of that
    '/dated': named,
    '/timed': async (response: { sendDate: boolean }) => {
      response.sendDate = false
      return { ...(await named()), serverTime: Date.now() }
    },
    '/timeless': (response: { sendDate: boolean }) => {
      response.sendDate = false
      return named()
    },
  })
})
afterAll(() => {
  pages?.stop()
  turn?.stop()
})

describeInBrowsers('survives', (browser) => {
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
    const before = pages.requestsTo('/timeless')
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
    expect(pages.requestsTo('/timeless') - before).toBeLessThanOrEqual(4) // one a second at most
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
    let before = pages.requestsTo('/shared')
    while (made.length < 2) {
      await wait(100)
      const next = await usernameOf(first)
      if (next === username) continue
      await wait(1000) // for the requests that were under way at the same time
      username = await usernameOf(first)
      made.push(pages.requestsTo('/shared') - before)
      before = pages.requestsTo('/shared')
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
      const before = pages.requestsTo('/short')
      await wait(TTL_SECONDS * 1000 + 2000)
      expect(pages.requestsTo('/short') - before).toBe(0)
      await session.send('Page.setWebLifecycleState', { state: 'active' })
      await until(() => pages.requestsTo('/short') > before)
      await wait(500)
      expect(pages.requestsTo('/short') - before).toBe(1)
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
      const before = pages.requestsTo('/short')
      await wait(TTL_SECONDS * 1000 + 3000)
      const offline = await page.evaluate(() => {
        const { provider, errors } = Object(globalThis)
        return { state: provider.state, errors, onLine: navigator.onLine }
      })
      // One refresh, with the tries that belong to it; then it waits for the network.
      expect(offline).toEqual({ state: 'expired', errors: ['ERR_NETWORK'], onLine: false })
      await page.setOfflineMode(false)
      await until(() => pages.requestsTo('/short') > before)
      await wait(500)
      expect(pages.requestsTo('/short') - before).toBe(1)
      expect(await page.evaluate(() => Object(globalThis).provider.state)).toBe('fresh')
      await page.close()
    },
  )
})

/** Providers in pages with a wrong clock, in many tabs, in frozen pages and offline. */
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { startPageServer } from '../support/page-server.js'
import { HOUR } from '../support/time.js'
import { until, wait } from '../support/wait.js'

const TTL_SECONDS = 4
const TABS = 10

let turn: Awaited<ReturnType<typeof startEmbeddedTurn>>
let pages: Awaited<ReturnType<typeof startPageServer>>

beforeAll(async () => {
  turn = await startEmbeddedTurn()
  /** The expiry is in the username only, an absolute time, so the clock of the page matters. */
  const usernameOnly = async () => ({ iceServers: (await turn.issueCredentials(TTL_SECONDS)).iceServers })
  pages = await startPageServer({
    '/short': () => turn.issueCredentials(TTL_SECONDS),
    '/shared': () => turn.issueCredentials(30), // the tabs spread their refreshes over a tenth of that
    '/dated': usernameOnly,
    '/timed': async (response: { sendDate: boolean }) => {
      response.sendDate = false
      return { ...(await usernameOnly()), serverTime: Date.now() }
    },
    '/timeless': (response: { sendDate: boolean }) => {
      response.sendDate = false
      return usernameOnly()
    },
  })
})
afterAll(() => {
  pages?.stop()
  turn?.stop()
})

/** Globals that the tests set in their pages. */
declare const provider: InstanceType<typeof TurnKeeper.IceServerProvider>
declare const errors: string[]
declare const log: string[]

describeInBrowsers('IceServerProvider', (browser) => {
  it.concurrent.for([
    ['2 hours ahead', 'the Date header', '/dated', 2 * HOUR],
    ['2 hours behind', 'the Date header', '/dated', -2 * HOUR],
    ['2 hours ahead', 'serverTime', '/timed', 2 * HOUR],
    ['2 hours behind', 'serverTime', '/timed', -2 * HOUR],
  ] as const)('corrects a page clock that is %s by %s', async ([, , endpoint, offsetMs]) => {
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

  it.concurrent('rejects with ERR_EXPIRED and does not loop if the clock is ahead and the server sends no time', async () => {
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
    expect(error).toBe(
      'ERR_EXPIRED the credentials have already expired (username): is the clock of the backend or of this device wrong?',
    )
    expect(pages.requestsTo('/timeless') - before).toBeLessThanOrEqual(4) // at most one each second
    await page.close()
  })

  it(`makes one request in each lifetime for ${TABS} tabs, or one more`, async () => {
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
    await wait(1500) // for the messages between the tabs at the start
    const usernameOf = (tab: Page) => tab.evaluate(() => `${provider.current?.iceServers[0]?.username}`)
    const first = tabs[0] as Page
    const requestCounts: number[] = []
    let username = await usernameOf(first)
    let before = pages.requestsTo('/shared')
    while (requestCounts.length < 2) {
      await wait(100)
      const next = await usernameOf(first)
      if (next === username) continue
      await wait(1000) // for requests in flight at the same time
      username = await usernameOf(first)
      requestCounts.push(pages.requestsTo('/shared') - before)
      before = pages.requestsTo('/shared')
    }
    expect(requestCounts.filter((count) => count > 2)).toEqual([])
    const usernames = await Promise.all(tabs.map(usernameOf))
    expect(new Set(usernames).size).toBe(1)
    await Promise.all(tabs.map((tab) => tab.close()))
  })

  // WebDriver BiDi, which controls Firefox, can neither freeze a page nor take it offline.
  if (browser.name === 'firefox') return

  it('makes one request and returns nothing expired when a page resumes that was frozen across the expiry', async () => {
    const page = await browser.open(pages.url)
    await page.evaluate(async () => {
      const provider = new TurnKeeper.IceServerProvider('/short', { random: () => 0 })
      const log: string[] = []
      Object.assign(globalThis, { provider, log })
      provider.on('update', ({ expiresAt }) => log.push(expiresAt > Date.now() ? 'valid' : 'expired'))
      document.addEventListener('resume', () => log.push(`resumed with ${provider.current}`))
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
    expect(await page.evaluate(() => log)).toEqual(['valid', 'resumed with undefined', 'valid'])
    await page.close()
  })

  it('makes one request when a page that was offline across the expiry is online again', async () => {
    const page = await browser.open(pages.url)
    await page.evaluate(async () => {
      const provider = new TurnKeeper.IceServerProvider('/short', { random: () => 0 })
      Object.assign(globalThis, { provider, errors: [] })
      provider.on('update', () => {})
      provider.on('error', ({ code }) => errors.push(code))
      await provider.getIceServers()
    })
    await page.setOfflineMode(true)
    const before = pages.requestsTo('/short')
    await wait(TTL_SECONDS * 1000 + 3000)
    const offline = await page.evaluate(() => ({
      state: provider.state,
      errors,
      onLine: navigator.onLine,
    }))
    // One refresh with its retries; then it waits for the network.
    expect(offline).toEqual({ state: 'failing', errors: ['ERR_NETWORK'], onLine: false })
    await page.setOfflineMode(false)
    await until(() => pages.requestsTo('/short') > before)
    await wait(500)
    expect(pages.requestsTo('/short') - before).toBe(1)
    expect(await page.evaluate(() => provider.state)).toBe('fresh')
    await page.close()
  })
})

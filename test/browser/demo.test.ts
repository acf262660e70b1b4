import { mkdir } from 'node:fs/promises'
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { startDemo } from '../support/demo-server.js'
import { HOUR } from '../support/time.js'

const SCREENSHOTS = new URL('../.results/', import.meta.url).pathname

let server: Awaited<ReturnType<typeof startDemo>>
let url: string
beforeAll(async () => {
  await mkdir(SCREENSHOTS, { recursive: true })
  server = await startDemo('calls', { ttlSeconds: 10 })
  url = server.url
})
afterAll(() => server?.stop())

/** What a user does and sees on the page. */
function createUser(page: Page) {
  const textOf = (id: string) => page.$eval(`#${id}`, (element) => element.textContent ?? '')
  const until = (id: string, pattern: RegExp) =>
    page.waitForFunction(
      (id, source) => new RegExp(source).test(document.getElementById(id)?.textContent ?? ''),
      { timeout: 60_000, polling: 100 },
      id,
      pattern.source,
    )
  return {
    textOf,
    until,
    click: (id: string) => page.$eval(`#${id}`, (element) => (element as HTMLElement).click()),
    choose: (name: string, value: string) =>
      page.$eval(`input[name='${name}'][value='${value}']`, (element) => (element as HTMLElement).click()),
    /** Waits until a number is greater than it is now. */
    async untilGreater(id: string) {
      const before = Number(await textOf(id))
      await page.waitForFunction(
        (id, before) => Number(document.getElementById(id)?.textContent) > before,
        { timeout: 60_000, polling: 100 },
        id,
        before,
      )
    },
    /** Waits until the video of a call advances. */
    untilPlaying: (id: string) =>
      page.waitForFunction(
        async (id) => {
          const video = document.querySelector<HTMLVideoElement>(`#${id} video`)
          const before = video?.currentTime ?? 0
          await new Promise((resolve) => setTimeout(resolve, 300))
          return video && video.currentTime > before
        },
        { timeout: 60_000, polling: 100 },
        id,
      ),
    clearEvents: () => page.$eval('#events', (element) => element.replaceChildren()),
  }
}

/** Runs in the page. Resolves with the layout shifts since it was opened. */
function sumLayoutShifts(): Promise<number> {
  return new Promise((resolve) => {
    new PerformanceObserver((list) => {
      resolve(
        list.getEntries().reduce((sum, entry) => sum + (entry as unknown as { value: number }).value, 0),
      )
    }).observe({ type: 'layout-shift', buffered: true })
    setTimeout(resolve, 1000, 0) // there was no layout shift
  })
}

describeInBrowsers(
  'the demo',
  ({ name, open }) => {
    let page: Page
    let user: ReturnType<typeof createUser>
    const consoleMessages: string[] = []
    beforeAll(async () => {
      page = await open('about:blank')
      page.on('console', (message) => {
        if (['error', 'warn'].includes(message.type())) consoleMessages.push(message.text())
      })
      page.on('pageerror', (error) => consoleMessages.push(String(error)))
      await page.setViewport({ width: 1100, height: 900 })
      await page.goto(url)
      user = createUser(page)
    })

    it('keeps its call alive while credentials expire, and loses the call that fetched once', async () => {
      await user.until('attached-state', /^connected$/)
      await user.until('once-state', /^connected$/)
      await user.untilPlaying('attached')
      await user.until('selected-pair', /^relay .* ↔ relay /)
      const [username, selectedPair] = [await user.textOf('username'), await user.textOf('selected-pair')]
      expect(await user.textOf('source')).toBe('embedded')

      await user.until('once-state', /disconnected|failed/)
      await user.until('refreshes', /^[2-9]/)
      await user.untilPlaying('attached')
      expect(await user.textOf('username')).not.toBe(username)
      expect(await user.textOf('selected-pair')).not.toBe(selectedPair)
      expect(await user.textOf('attached-state')).toBe('connected')
      expect(await user.textOf('events')).not.toMatch(
        /turnkeeper" call: (disconnected|failed)|ERR_|TURN error/,
      )
      expect(consoleMessages).toEqual([])
      // Only Chromium reports layout shifts. web.dev rates a sum of up to 0.1 as good.
      if (name === 'chromium') expect(await page.evaluate(sumLayoutShifts)).toBeLessThan(0.1)

      await user.click('call-again')
      await user.until('once-state', /^connected$/)
      await user.untilPlaying('once')
    })

    it('supports a light and a dark colour scheme and fits a phone', async () => {
      for (const scheme of name === 'chromium' ? ['light', 'dark'] : ['light']) {
        if (name === 'chromium')
          await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
        await page.screenshot({ path: `${SCREENSHOTS}demo-${name}-${scheme}.png`, fullPage: true })
      }
      await page.setViewport({ width: 390, height: 844 })
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
      await page.screenshot({ path: `${SCREENSHOTS}demo-${name}-phone.png`, fullPage: true })
      await page.setViewport({ width: 1100, height: 900 })
    })

    it.each([
      ['none', /ERR_NETWORK/, /fresh|stale|expired/],
      ['401', /ERR_DENIED/, /denied/],
      ['429', /ERR_HTTP/, /fresh|stale|expired/],
      ['html', /ERR_RESPONSE/, /fresh|stale|expired/],
    ])('recovers after the backend was set to: %s', async (response, error, state) => {
      await user.clearEvents()
      await user.choose('response', response)
      await user.click('refresh')
      await user.until('events', error)
      await user.until('provider-state', state)
      await user.choose('response', 'normal')
      await user.click('refresh')
      await user.untilGreater('refreshes')
      await user.until('provider-state', /^fresh$/)
      await user.until('attached-state', /^connected$/)
    })

    it.each(['2', '-2', '0'])(
      'keeps its call alive while the system clock is off by %s hours',
      async (hours) => {
        await user.choose('clock', hours)
        const offsetMs = (await page.evaluate(() => Date.now())) - Date.now()
        expect(Math.abs(offsetMs - Number(hours) * HOUR)).toBeLessThan(HOUR / 2)
        await user.untilGreater('refreshes')
        await user.until('provider-state', /^fresh$/)
        await user.until('attached-state', /^connected$/)
      },
    )

    it('keeps existing calls alive after a revocation if the TURN server keeps their allocations', async () => {
      await user.choose('at-expiry', 'keep')
      await user.click('call-again')
      await user.until('once-state', /^connected$/)
      await user.clearEvents()
      await user.click('revoke')
      await user.click('refresh')
      await user.untilGreater('refreshes')
      await user.untilGreater('restarts')
      await user.untilPlaying('once')
      await user.untilPlaying('attached')
      expect(await user.textOf('events')).not.toMatch(/disconnected|failed/)
      await user.choose('at-expiry', 'drop')
      await user.until('once-state', /disconnected|failed/)
    })

    it.each(['revoke', 'expire'])('restores only the attached call after: %s now', async (failure) => {
      await user.click('call-again')
      await user.until('once-state', /^connected$/)
      await user.clearEvents()
      await user.click(failure)
      if (failure === 'expire') await user.until('events', /Credentials expired before/)
      await user.until('once-state', /disconnected|failed/)
      await user.untilGreater('restarts')
      await user.until('attached-state', /^connected$/)
      await user.untilPlaying('attached')
      expect(await user.textOf('once-state')).not.toBe('connected')
    })

    it('restores its call after being offline', async () => {
      await user.clearEvents()
      await user.click('offline')
      await user.until('attached-state', /disconnected|failed/)
      await user.click('offline')
      await user.until('attached-state', /^connected$/)
      await user.untilPlaying('attached')
      await user.until('provider-state', /^fresh$/)
    })

    it('sends the camera while its box is checked', async () => {
      await page.evaluate(() => {
        const { mediaDevices } = navigator
        const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices)
        mediaDevices.getUserMedia = async (constraints) => {
          const stream = await getUserMedia(constraints)
          Object.assign(globalThis, { camera: stream.getVideoTracks()[0] })
          return stream
        }
      })
      const untilCameraIs = (state: string) =>
        page.waitForFunction(
          (state) => (globalThis as { camera?: MediaStreamTrack }).camera?.readyState === state,
          { timeout: 60_000, polling: 100 },
          state,
        )
      await user.click('camera')
      await untilCameraIs('live')
      await user.untilPlaying('attached')
      await user.click('camera')
      await untilCameraIs('ended')
      await user.untilPlaying('attached')
    })

    it('reports a missing camera and continues the call', async () => {
      await user.clearEvents()
      await page.evaluate(() => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('no camera'))
      })
      await user.click('camera')
      await user.until('events', /no camera/)
      expect(await page.$eval('#camera', (element) => (element as HTMLInputElement).checked)).toBe(false)
      await user.untilPlaying('attached')
    })
  },
  { camera: true },
)

import { mkdir } from 'node:fs/promises'
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { startDemo } from '../support/demo-server.js'
import { collectConsole, createDemoUser, type DemoUser, sumLayoutShifts } from '../support/demo-user.js'
import { HOUR } from '../support/time.js'

const SCREENSHOTS = new URL('../.results/', import.meta.url).pathname
const DESKTOP = { width: 1280, height: 800 }
const PHONE = { width: 390, height: 844 }

let server: Awaited<ReturnType<typeof startDemo>>
let url: string
beforeAll(async () => {
  await mkdir(SCREENSHOTS, { recursive: true })
  server = await startDemo('calls')
  url = server.url
})
afterAll(() => server?.stop())

describeInBrowsers(
  'the demo',
  ({ name, open }) => {
    let page: Page
    let user: DemoUser
    let consoleMessages: string[]
    beforeAll(async () => {
      page = await open('about:blank')
      consoleMessages = collectConsole(page)
      await page.setViewport(DESKTOP)
      await page.goto(url)
      user = createDemoUser(page)
    })
    const screenshot = (moment: string) =>
      page.screenshot({ path: `${SCREENSHOTS}demo-${name}-${moment}.png` })
    const untilLive = async () => {
      await user.until('right-badge', /live|renewed|restored/)
      await user.until('provider-state', /^fresh$/)
      await user.untilPlaying('right')
    }
    /** Waits for the ICE restart, too: Firefox may lose a connection whose next one follows within a second. */
    const repair = async () => {
      const restarted = user.untilGreater('right-restarts')
      await user.click('repair')
      await restarted
      await untilLive()
    }
    const callAgain = async () => {
      await user.click('call-again')
      await user.until('left-badge', /^live$/)
    }

    it('announces that both calls expire, and then shows that only the one with turnkeeper continues', async () => {
      await user.until('headline', /^In \d+ s the credentials of both calls expire\. Watch what happens\.$/)
      await user.until('left-badge', /^live$/)
      const [username, leftUsername] = [
        await user.textOf('right-username'),
        await user.textOf('left-username'),
      ]
      expect(leftUsername).toBe(username)
      await user.untilPlaying('left')
      expect(await user.findPartsBelowTheFold()).toEqual([])
      await user.until('right-badge', /^renewed$/)
      expect(await user.textOf('right-reason')).toMatch(
        /new username, ICE restart in [\d.]+ s, no message lost/,
      )
      expect(await user.textOf('right-username')).not.toBe(username)
      await user.until(
        'headline',
        /credentials of the left call expire\. The right call already has new ones/,
      )

      await user.until('left-badge', /^frozen$/)
      await user.until(
        'headline',
        /left call froze when its credentials expired\. turnkeeper keeps the right/,
      )
      expect(await user.textOf('left-reason')).toMatch(/expired, so the TURN server dropped the allocation/)
      expect(await user.textOf('left-countdown')).toBe('expired')
      expect(await user.textOf('left-next')).toBe('never')
      await user.until('left-missing', /^\d{2,}$/)
      await user.until('right-restarts', /^[2-9]/)
      await user.untilPlaying('right')
      expect(await user.textOf('right-missing')).toBe('0')
      expect(await user.textOf('selected-pair')).toMatch(/^relay :\d+ ↔ relay :\d+$/)
      expect(await user.textOf('events')).not.toMatch(/with turnkeeper: (disconnected|failed)|ERR_/)
      await screenshot('frozen')
    })

    it('has written nothing to the console and has moved nothing by then', async () => {
      expect(consoleMessages).toEqual([])
      // Only Chromium reports layout shifts. web.dev rates a sum of up to 0.1 as good.
      if (name === 'chromium') expect(await page.evaluate(sumLayoutShifts)).toBeLessThan(0.01)
    })

    it('starts the frozen call again without moving the layout', async () => {
      const layout = await user.readLayout()
      await callAgain()
      await user.untilPlaying('left')
      expect(await user.readLayout()).toEqual(layout)
    })

    it('supports a light and a dark colour scheme, and shows calls and controls on one screen of a phone', async () => {
      for (const scheme of name === 'chromium' ? ['light', 'dark'] : ['light']) {
        if (name === 'chromium')
          await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
        await page.setViewport(DESKTOP)
        await screenshot(scheme)
        await page.setViewport(PHONE)
        await screenshot(`${scheme}-phone`)
      }
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
      expect(await user.findPartsBelowTheFold()).toEqual([])
      await page.setViewport(DESKTOP)
    })

    it.each([
      ['none', /^The backend doesn't respond\. turnkeeper retries/],
      ['429', /^The backend responded 429\. turnkeeper retries/],
      ['html', /^The backend responded with HTML/],
    ])(
      'shows the next attempt while the backend fails, and recovers after Repair: %s',
      async (response, reason) => {
        await user.choose('response', response)
        await user.click('refresh')
        await user.until('right-reason', reason)
        await user.until('right-next', /^next attempt in \d+ s$/)
        await repair()
        expect(
          await page.$eval('#controls', (form) => new FormData(form as HTMLFormElement).get('response')),
        ).toBe('normal')
      },
    )

    it('shows what to do after a denial, and restores the frozen call after Repair', async () => {
      await user.choose('response', '401')
      await user.click('refresh')
      await user.until('right-next', /^after refresh\(\)$/)
      await user.until('right-reason', /responded 401: .*Sign in, then call refresh\(\)\. Here: press Repair/)
      await user.until('right-badge', /^frozen$/)
      await user.until('headline', /^Both calls are frozen\. The right one returns after Repair\.$/)
      await screenshot('denied')
      await repair()
      await user.until('right-missing', /^0$/)
    })

    it('does not let a second tab change the simulated failures of the first', async () => {
      await user.choose('response', '401')
      await user.click('refresh')
      await user.until('provider-state', /^denied$/)
      const secondPage = await open(url)
      const second = createDemoUser(secondPage)
      await second.until('right-badge', /^live$/)
      await second.click('offline')
      await second.until('right-badge', /^frozen$/)
      await secondPage.close()
      await page.bringToFront()
      await user.click('refresh')
      await user.until('provider-state', /^denied$/)
      await repair()
    })

    it.each(['2', '-2', '0'])(
      'counts down the true lifetime while the clock is off by %s hours',
      async (hours) => {
        await user.choose('clock', hours)
        const offsetMs = (await page.evaluate(() => Date.now())) - Date.now()
        expect(Math.abs(offsetMs - Number(hours) * HOUR)).toBeLessThan(HOUR / 2)
        expect(await user.textOf('right-countdown')).toMatch(/^\d{1,2} s left$/)
        await user.untilGreater('right-restarts')
        await untilLive()
        expect(await user.textOf('right-countdown')).toMatch(/^\d{1,2} s left$/)
        expect(await user.textOf('right-next')).toMatch(/^(in \d s|requested|now)$/)
      },
    )

    it('shows that a call runs on expired credentials while the TURN server keeps its allocation', async () => {
      await user.choose('at-expiry', 'keep')
      await callAgain()
      await user.until('left-reason', /The call goes on, because this TURN server keeps its allocation/)
      await user.until(
        'headline',
        /^The left call runs on expired credentials\. The right call has new ones\.$/,
      )
      await user.untilPlaying('left')
      await user.choose('at-expiry', 'drop')
      await user.until('left-badge', /^frozen$/)
      await untilLive()
    })

    it('restores only the call with turnkeeper after a revocation', async () => {
      await callAgain()
      await user.click('revoke')
      await user.until('left-countdown', /^revoked$/)
      await user.until('left-reason', /revoked, so the TURN server dropped the allocation/)
      await user.until('headline', /^The left call froze when its credentials were revoked/)
      await untilLive()
      expect(await user.textOf('left-badge')).toBe('frozen')
    })

    it('restores its call after being offline, and delivers what was sent meanwhile', async () => {
      await user.click('offline')
      await user.until('right-badge', /^frozen$/)
      await user.until('right-reason', /^The network is down/)
      await screenshot('offline')
      await user.click('offline')
      await untilLive()
      await user.until('right-missing', /^0$/)
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
      await user.untilPlaying('right')
      await user.click('camera')
      await untilCameraIs('ended')
      await user.untilPlaying('right')
    })

    it('reports a missing camera beside the box, and continues the call', async () => {
      await page.evaluate(() => {
        navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('not found'))
      })
      await user.click('camera')
      await user.until('camera-error', /^No camera: not found$/)
      expect(await page.$eval('#camera', (element) => (element as HTMLInputElement).checked)).toBe(false)
      await user.untilPlaying('right')
    })
  },
  { camera: true },
)

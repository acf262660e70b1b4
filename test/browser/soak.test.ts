import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BrowserName, launchBrowser } from '../support/browsers.js'
import { startPageServer } from '../support/page-server.js'
import { oneRequestEach, startRotations } from '../support/rotations.js'
import { findProgram } from '../support/system-packages.js'

/** `npm run soak` has more. */
const ROTATIONS = Number(process.env.SOAK_ROTATIONS ?? 200)
const NAME: BrowserName = 'chromium'

/** In the page, after {@link install}. */
declare const Soak: ReturnType<typeof startRotations> & { readonly timers: Set<unknown> }

/** Runs in the page: begins to rotate, and watches the timers. */
function install(start: string) {
  const timers = new Set<unknown>()
  const { setTimeout: set, clearTimeout: clear } = window
  const counted = (callback: () => void, ms?: number) => {
    const handle = set(() => {
      timers.delete(handle)
      callback()
    }, ms)
    timers.add(handle)
    return handle
  }
  const uncounted = (handle?: number) => {
    timers.delete(handle)
    clear(handle)
  }
  Object.assign(window, { setTimeout: counted, clearTimeout: uncounted })
  const startHere: typeof startRotations = new Function(`return ${start}`)()
  Object.assign(window, { Soak: { ...startHere(TurnKeeper.IceServerProvider), timers } })
}

/** Runs in the page: closes the provider amid a request, and tells how many timers there were. */
function close() {
  Soak.provider.on('update', () => {})
  const { size } = Soak.timers
  Soak.provider.close()
  return size
}

describe.skipIf(!findProgram(NAME))('a provider in Chromium', () => {
  let pages: Awaited<ReturnType<typeof startPageServer>>
  let browser: Awaited<ReturnType<typeof launchBrowser>>
  beforeAll(async () => {
    pages = await startPageServer()
    browser = await launchBrowser(NAME)
  })
  afterAll(async () => {
    await browser?.close()
    pages?.stop()
  })

  it(`makes one request for each of ${ROTATIONS} rotations, and grows by nothing`, async () => {
    const page = await browser.newPage()
    await page.goto(pages.url)
    const session = await page.createCDPSession()
    await session.send('Performance.enable')
    const measure = async () => {
      await session.send('HeapProfiler.collectGarbage')
      const { metrics } = await session.send('Performance.getMetrics')
      const metricOf = (name: string) => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN
      return { heap: metricOf('JSHeapUsedSize'), listeners: metricOf('JSEventListeners') }
    }
    const reach = (count: number) => page.evaluate((count) => Soak.reach(count), count)

    await page.evaluate(install, String(startRotations))
    const before = await measure()
    await reach(ROTATIONS / 4)
    const early = await measure()
    await reach(ROTATIONS)
    const late = await measure()
    const counts = await page.evaluate(() => Soak.report())
    const timersAtClose = await page.evaluate(close)
    const timersLeft = await page.evaluate(() => Soak.timers.size)
    const after = await measure()

    expect(counts).toEqual(oneRequestEach(ROTATIONS))
    expect(timersAtClose).toBeGreaterThan(0)
    expect(timersLeft).toBe(0)
    expect(late.heap / early.heap).toBeLessThan(1.1)
    expect(after.listeners).toBe(before.listeners)
  }, 300_000)
})

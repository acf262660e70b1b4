/** Many rotations with real timers in Chromium: requests, memory, timers and listeners. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasBrowser, launchBrowser } from '../support/browsers.js'
import { startPageServer } from '../support/page-server.js'
import { oneRequestEach, startRotations } from '../support/rotations.js'

/** With fewer than these, what the engine compiles in the beginning looks like a leak. */
const ROTATIONS = Number(process.env.SOAK_ROTATIONS ?? 2000)

/** A global of the page that ran {@link install}. */
declare const Soak: ReturnType<typeof startRotations> & { readonly timers: Set<unknown> }

/** Runs in the page: starts the rotations, and keeps a set of the timers that are pending. */
function install(startRotationsSource: string) {
  const timers = new Set<unknown>()
  const { setTimeout: originalSetTimeout, clearTimeout: originalClearTimeout } = window
  const setTimeout = (callback: () => void, ms?: number) => {
    const timer = originalSetTimeout(() => {
      timers.delete(timer)
      callback()
    }, ms)
    timers.add(timer)
    return timer
  }
  const clearTimeout = (timer?: number) => {
    timers.delete(timer)
    originalClearTimeout(timer)
  }
  Object.assign(window, { setTimeout, clearTimeout })
  const start: typeof startRotations = new Function(`return ${startRotationsSource}`)()
  Object.assign(window, { Soak: { ...start(TurnKeeper.IceServerProvider), timers } })
}

/** Runs in the page: closes the provider while a request is in flight, and returns how many timers were pending. */
function close() {
  Soak.provider.on('update', () => {})
  const { size } = Soak.timers
  Soak.provider.close()
  return size
}

describe.skipIf(!hasBrowser('chromium'))('IceServerProvider in Chromium', () => {
  let pages: Awaited<ReturnType<typeof startPageServer>>
  let browser: Awaited<ReturnType<typeof launchBrowser>>
  beforeAll(async () => {
    pages = await startPageServer()
    browser = await launchBrowser('chromium')
  })
  afterAll(async () => {
    await browser?.close()
    pages?.stop()
  })

  it(`makes one request for each of ${ROTATIONS} rotations and leaks no memory, timer or listener`, async () => {
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
    const timersBeforeClose = await page.evaluate(close)
    const timersAfterClose = await page.evaluate(() => Soak.timers.size)
    const after = await measure()

    expect(counts).toEqual(oneRequestEach(ROTATIONS))
    expect(timersBeforeClose).toBeGreaterThan(0)
    expect(timersAfterClose).toBe(0)
    expect(late.heap / early.heap).toBeLessThan(1.1)
    expect(after.listeners).toBe(before.listeners)
  }, 300_000)
})

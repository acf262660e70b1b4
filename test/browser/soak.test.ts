import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BrowserName, launchBrowser } from '../support/browsers.js'
import { startPageServer } from '../support/page-server.js'
import { findProgram } from '../support/system-packages.js'

/** `npm run soak` has more. */
const ROTATIONS = Number(process.env.SOAK_ROTATIONS ?? 200)
const NAME: BrowserName = 'chromium'

/** Runs in the page: begins to rotate, with a count of what is left of timers and listeners. */
function install() {
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
  Object.assign(window, {
    setTimeout: counted,
    clearTimeout: (handle?: number) => {
      timers.delete(handle)
      clear(handle)
    },
  })
  let requests = 0
  let updates = 0
  /** A machine that stands still for a lifetime gets an answer when it is over. */
  const errors: string[] = []
  const outOfStep: number[] = []
  const endpoint = () => ({
    iceServers: [{ urls: 'turn:t.org', username: `u${++requests}`, credential: 'c' }],
    expiresAt: Date.now() + 20,
  })
  const options = { minRefreshIntervalMs: 1, random: () => 0 }
  const provider = new TurnKeeper.IceServerProvider(endpoint, options)
  provider.on('error', ({ code }) => errors.push(code))
  const reach = (count: number) =>
    new Promise<void>((resolve) => {
      const onUpdate = () => {
        if (++updates + errors.length !== requests) outOfStep.push(updates)
        if (updates < count) return
        resolve()
        provider.off('update', onUpdate)
      }
      provider.on('update', onUpdate)
    })
  const close = () => {
    const spare = requests - updates - errors.length
    provider.on('update', () => {})
    const during = timers.size
    provider.close()
    return {
      during,
      spare,
      updates,
      errors: [...new Set(errors)],
      outOfStep,
    }
  }
  Object.assign(window, { Soak: { reach, close, timers: () => timers.size } })
}

interface SoakPage {
  reach(count: number): Promise<void>
  close(): { during: number; spare: number; updates: number; errors: string[]; outOfStep: number[] }
  timers(): number
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
    const reach = (count: number) =>
      page.evaluate((count) => (window as unknown as { Soak: SoakPage }).Soak.reach(count), count)

    await page.evaluate(install)
    const before = await measure()
    await reach(ROTATIONS / 4)
    const early = await measure()
    await reach(ROTATIONS)
    const late = await measure()
    const { during, errors, ...counts } = await page.evaluate(() =>
      (window as unknown as { Soak: SoakPage }).Soak.close(),
    )
    const timers = await page.evaluate(() => (window as unknown as { Soak: SoakPage }).Soak.timers())
    const after = await measure()

    expect(counts).toEqual({ spare: 0, updates: ROTATIONS, outOfStep: [] })
    expect(errors.filter((code) => code !== 'ERR_EXPIRED')).toEqual([])
    expect(late.heap / early.heap).toBeLessThan(1.1)
    expect([during > 0, timers]).toEqual([true, 0])
    expect(after.listeners).toBe(before.listeners)
  }, 300_000)
})

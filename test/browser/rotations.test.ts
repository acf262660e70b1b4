/** A short run of the marathon, on the embedded TURN server only. */
import type { Page } from 'puppeteer-core'
import { beforeAll, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { useDroppingTurn } from '../support/dropping-turn.js'
import { installCalls } from '../support/page-calls.js'
import {
  expectIntactCall,
  expectLostCall,
  type RotationStrategy,
  runRotatingCall,
} from '../support/rotating-call.js'

const ROTATIONS = 3
/** Longer than in the marathon, because other tests run at the same time. */
const TTL_SECONDS = 12
const TIMEOUT_MS = 90_000

const { pagesUrl, allocatedUsernames } = useDroppingTurn(TTL_SECONDS)

describeInBrowsers('a relay-only call on a TURN server that drops expired allocations', ({ name, open }) => {
  // Both calls in one page, because browsers throttle pages in the background.
  let page: Page
  beforeAll(async () => {
    page = await open(pagesUrl())
    await page.evaluate(installCalls)
  })
  const run = (strategy: RotationStrategy) =>
    page.evaluate(runRotatingCall, '/ice-servers', strategy, ROTATIONS, TIMEOUT_MS)

  it.concurrent(`loses nothing over ${ROTATIONS} rotations while it is attached`, async () => {
    const result = await run('library')
    expectIntactCall(result, {
      isFirefox: name === 'firefox',
      rotations: ROTATIONS,
      allocatedUsernames: allocatedUsernames(),
    })
  })

  it.concurrent('loses its connection if the app fetches credentials only once', async () => {
    const result = await run('fetch once')
    expectLostCall(result)
    expect(result.reliable.received).toBeLessThan(result.reliable.sent)
  })
})

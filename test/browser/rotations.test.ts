/** A short run of the marathon, on the embedded TURN server only. */
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { installCalls } from '../support/page-calls.js'
import { startPageServer } from '../support/page-server.js'
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

let turn: Awaited<ReturnType<typeof startEmbeddedTurn>>
let pages: Awaited<ReturnType<typeof startPageServer>>
beforeAll(async () => {
  turn = await startEmbeddedTurn({ atExpiry: 'drop' })
  pages = await startPageServer({ '/ice-servers': () => turn.issueCredentials(TTL_SECONDS) })
})
afterAll(() => {
  pages?.stop()
  turn?.stop()
})

describeInBrowsers('a relay-only call on a TURN server that drops expired allocations', ({ name, open }) => {
  // Both calls in one page, because browsers throttle pages in the background.
  let page: Page
  beforeAll(async () => {
    page = await open(pages.url)
    await page.evaluate(installCalls)
  })
  const run = (strategy: RotationStrategy) =>
    page.evaluate(runRotatingCall, '/ice-servers', strategy, ROTATIONS, TIMEOUT_MS)

  it.concurrent(`loses nothing over ${ROTATIONS} rotations while it is attached`, async () => {
    const result = await run('library')
    const allocatedUsernames = turn.allocatedUsernames()
    expectIntactCall(result, { isFirefox: name === 'firefox', rotations: ROTATIONS, allocatedUsernames })
  })

  it.concurrent('loses its connection if the app fetches credentials only once', async () => {
    const result = await run('fetch once')
    expectLostCall(result)
    expect(result.reliable.received).toBeLessThan(result.reliable.sent)
  })
})

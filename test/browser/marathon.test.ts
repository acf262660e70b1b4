/** Long calls through many credential rotations, on every kind of TURN server that the tests can start. */
import { appendFile, mkdir, rm } from 'node:fs/promises'
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { type Coturn, startCoturn } from '../support/coturn.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { installCalls } from '../support/page-calls.js'
import { startPageServer } from '../support/page-server.js'
import {
  expectIntactCall,
  expectLostCall,
  type RotationStrategy,
  runRotatingCall,
} from '../support/rotating-call.js'
import { hasProgram } from '../support/system-packages.js'

/** `npm run marathon` sets 100. */
const ROTATIONS = Number(process.env.MARATHON_ROTATIONS ?? 10)
/** Firefox 153 loses a connection after dozens of ICE restarts in quick succession; four calls at once reach that with more. */
const FIREFOX_ROTATIONS = 25
const RESTARTS = 70
const RESTART_GAP_MS = 500
const TTL_SECONDS = 8
const REPORT = new URL('../.results/marathon.jsonl', import.meta.url)
/** Twice the longest time that the rotations take, for busy machines. */
const TIMEOUT_MS = (ROTATIONS + 3) * TTL_SECONDS * 1000

const TEST_TIMEOUT_MS = TIMEOUT_MS + 30_000

type EmbeddedTurn = Awaited<ReturnType<typeof startEmbeddedTurn>>

describe.skipIf(!hasProgram('coturn'))(`with credentials that are valid for ${TTL_SECONDS} s`, () => {
  const servers: (EmbeddedTurn | Coturn)[] = []
  const allocatedUsernames: Record<string, () => string[]> = {}
  let pages: Awaited<ReturnType<typeof startPageServer>>

  beforeAll(async () => {
    await mkdir(new URL('.', REPORT), { recursive: true })
    await rm(REPORT, { force: true })
    const [dropping, rejecting401, rejecting400] = await Promise.all([
      startEmbeddedTurn({ atExpiry: 'drop' }),
      startEmbeddedTurn({ allocationSeconds: 14 }),
      startEmbeddedTurn({ allocationSeconds: 14, rejectionCode: 400 }),
    ])
    const coturn = await startCoturn()
    servers.push(dropping, rejecting401, rejecting400, coturn)
    const embedded = (turn: EmbeddedTurn) => () => turn.issueCredentials(TTL_SECONDS)
    Object.assign(allocatedUsernames, {
      '/dropping': dropping.allocatedUsernames,
      '/rejecting-401': rejecting401.allocatedUsernames,
      '/rejecting-400': rejecting400.allocatedUsernames,
      '/coturn': coturn.allocatedUsernames,
    })
    pages = await startPageServer({
      '/dropping': embedded(dropping),
      '/rejecting-401': embedded(rejecting401),
      '/rejecting-400': embedded(rejecting400),
      '/coturn': () => ({ iceServers: [coturn.issueCredentials(TTL_SECONDS)], ttl: TTL_SECONDS }),
      '/lasting': () => ({ iceServers: [coturn.issueCredentials(3600)] }),
    })
  })
  afterAll(async () => {
    pages?.stop()
    for (const server of servers) await server.stop()
  })

  describeInBrowsers('a relay-only call', ({ name, open }) => {
    const isFirefox = name === 'firefox'
    const rotations = isFirefox ? Math.min(ROTATIONS, FIREFOX_ROTATIONS) : ROTATIONS
    // All calls in one page, because browsers throttle pages in the background.
    let page: Page
    beforeAll(async () => {
      page = await open(pages.url)
      await page.evaluate(installCalls)
    })
    const run = async (endpoint: string, strategy: RotationStrategy, rotations: number) => {
      const result = await page.evaluate(runRotatingCall, endpoint, strategy, rotations, TIMEOUT_MS)
      await report({ browser: name, endpoint, strategy, ...result })
      return result
    }

    // Chromium loses nothing, so it has no retry. Firefox loses the connection if a TURN server stalls during a restart.
    const options = { timeout: TEST_TIMEOUT_MS, retry: isFirefox ? 1 : 0 }
    it.concurrent.for([
      ['a TURN server that drops expired allocations', '/dropping'],
      ['a TURN server that responds 401 to refreshes after expiry', '/rejecting-401'],
      ['a TURN server that responds 400 to refreshes after expiry', '/rejecting-400'],
      ['coturn', '/coturn'],
    ] as const)(`loses nothing over ${rotations} rotations on %s`, options, async ([, endpoint]) => {
      const result = await run(endpoint, 'library', rotations)
      expectIntactCall(result, {
        isFirefox,
        rotations,
        allocatedUsernames: allocatedUsernames[endpoint]?.() ?? [],
      })
    })

    // A limit of Firefox itself.
    if (ROTATIONS > FIREFOX_ROTATIONS) {
      it(`survives ${RESTARTS} ICE restarts in ${(RESTARTS * RESTART_GAP_MS) / 1000} s without the library in Chromium, but not in Firefox`, async () => {
        const restarts = await page.evaluate(restartOften, '/lasting', RESTARTS, RESTART_GAP_MS)
        await report({ browser: name, restarts })
        if (isFirefox) expect(restarts).toBeLessThan(RESTARTS)
        else expect(restarts).toBe(RESTARTS)
      })
    }

    const baselines = [
      ['/dropping', 'fetch once'],
      ['/dropping', 'setConfiguration only'],
      ['/rejecting-401', 'setConfiguration only'],
    ] as const
    // Firefox takes half a minute to notice that a refresh was rejected.
    const observableBaselines = isFirefox ? baselines.slice(0, 2) : baselines
    it.concurrent.for(observableBaselines)(
      'loses its connection on %s if the app uses "%s"',
      { timeout: TEST_TIMEOUT_MS },
      async ([endpoint, strategy]) => {
        const result = await run(endpoint, strategy, Math.max(ROTATIONS, 10))
        expectLostCall(result)
        if (endpoint !== '/dropping') return
        expect(result.unreliable.received).toBeLessThan(result.unreliable.sent)
        expect(result.reliable.received).toBeLessThan(result.reliable.sent)
      },
    )
  })
})

/** Runs in the page: restarts ICE without the library. Resolves with the number of restarts before the connection was lost. */
async function restartOften(endpoint: string, maxRestarts: number, gapMs: number) {
  const { iceServers } = await (await fetch(endpoint)).json()
  const [caller, callee] = [1, 2].map(
    () => new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' }),
  ) as [RTCPeerConnection, RTCPeerConnection]
  Calls.negotiateInPage(caller, callee)
  caller.createDataChannel('x')
  await Calls.until(() => caller.connectionState === 'connected')
  let restarts = 0
  for (; restarts < maxRestarts && caller.sctp?.transport.state === 'connected'; restarts++) {
    caller.restartIce()
    await new Promise((resolve) => setTimeout(resolve, gapMs))
  }
  caller.close()
  callee.close()
  return restarts
}

/** Appends a line to the report of this run. */
const report = (line: object) => appendFile(REPORT, `${JSON.stringify(line)}\n`)

/** Calls on a TURN server that keeps allocations at expiry, and on one that only claims to. */
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { type Coturn, startCoturn } from '../support/coturn.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { installCalls } from '../support/page-calls.js'
import { startPageServer } from '../support/page-server.js'
import { runRotatingCall } from '../support/rotating-call.js'
import { hasProgram } from '../support/system-packages.js'

const LIFETIMES = 25
const TTL_SECONDS = 4
const TIMEOUT_MS = 180_000

describe.skipIf(!hasProgram('coturn'))('attach() with afterExpiry: keep', () => {
  let coturn: Coturn
  let dropping: Awaited<ReturnType<typeof startEmbeddedTurn>>
  let pages: Awaited<ReturnType<typeof startPageServer>>
  beforeAll(async () => {
    coturn = await startCoturn()
    dropping = await startEmbeddedTurn({ atExpiry: 'drop' })
    pages = await startPageServer({
      '/coturn': () => ({
        iceServers: [coturn.issueCredentials(TTL_SECONDS)],
        ttl: TTL_SECONDS,
        afterExpiry: 'keep',
      }),
      '/wrong': async () => ({ ...(await dropping.issueCredentials(10)), afterExpiry: 'keep' }),
    })
  })
  afterAll(async () => {
    pages?.stop()
    dropping?.stop()
    await coturn?.stop()
  })

  describeInBrowsers('a relay-only call', ({ open }) => {
    let page: Page
    beforeAll(async () => {
      page = await open(pages.url)
      await page.evaluate(installCalls)
    })

    it(`loses nothing over ${LIFETIMES} lifetimes on coturn, without any ICE restart`, {
      timeout: TIMEOUT_MS + 30_000,
    }, async () => {
      const allocatedBefore = coturn.allocatedUsernames().length
      // A refresh comes at half of the lifetime.
      const result = await page.evaluate(
        runRotatingCall,
        '/coturn',
        'library' as const,
        LIFETIMES * 2,
        TIMEOUT_MS,
      )
      expect(result).toMatchObject({ restarts: 0, errors: [], negotiationErrors: [] })
      expect(result.rotations).toBeGreaterThan(LIFETIMES)
      expect(result.states.filter((state) => !/^(checking|connected|completed)$/.test(state))).toEqual([])
      expect(result.unreliable.received).toBe(result.unreliable.sent)
      expect(result.reliable.received).toBe(result.reliable.sent)
      expect(new Set(coturn.allocatedUsernames().slice(allocatedBefore)).size).toBeLessThanOrEqual(2)
    })

    it('recovers on a server that drops the allocations, and is restarted for every later rotation', {
      timeout: TIMEOUT_MS,
    }, async () => {
      const result = await page.evaluate(loseAndRecover, '/wrong')
      expect(result).toEqual({ isLost: true, isRestored: true, survivesTheNextExpiry: true })
    })
  })
})

/** Runs in the page: waits for the connection to be lost at the first expiry, to be restored, and to outlive the next. */
async function loseAndRecover(endpoint: string) {
  const createPeer = async () => {
    const provider = new TurnKeeper.IceServerProvider(endpoint)
    const iceServers = await provider.getIceServers()
    const pc = new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' })
    provider.attach(pc)
    return { provider, pc }
  }
  const [caller, callee] = [await createPeer(), await createPeer()]
  Calls.negotiateInPage(caller.pc, callee.pc)
  const traffic = Calls.sendTraffic(
    caller.pc.createDataChannel('unreliable', { maxRetransmits: 0 }),
    callee.pc,
  )
  // Either peer can be the first to notice, and to restart ICE before the other one does.
  const peers = [caller, callee]
  const isConnected = () => peers.every(({ pc }) => /^(connected|completed)$/.test(pc.iceConnectionState))
  const isDown = () => peers.some(({ pc }) => /^(disconnected|failed)$/.test(pc.iceConnectionState))
  if (!(await Calls.until(isConnected))) throw new Error('the call did not connect within a minute')
  const isLost = await Calls.until(isDown, 60_000)
  const isRestored = await Calls.until(isConnected, 60_000)
  let hasBeenDown = false
  for (const { pc } of peers) {
    pc.addEventListener('iceconnectionstatechange', () => {
      hasBeenDown ||= isDown()
    })
  }
  await new Promise((resolve) => setTimeout(resolve, 25_000))
  await traffic.stop()
  for (const { pc, provider } of peers) {
    pc.close()
    provider.close()
  }
  return { isLost, isRestored, survivesTheNextExpiry: !hasBeenDown }
}

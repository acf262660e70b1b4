/** ICE restarts that are followed to their end, in real browsers. */
import type { Page } from 'puppeteer-core'
import { beforeAll, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { useDroppingTurn } from '../support/dropping-turn.js'
import { installCalls } from '../support/page-calls.js'

const TTL_SECONDS = 12
const CALL_MS = 30_000
/** The calls wait for most of their time. */
const CONCURRENT = { timeout: 90_000, concurrent: true }

const { pagesUrl } = useDroppingTurn(TTL_SECONDS)

describeInBrowsers('the restart event on a TURN server that drops allocations', ({ name, open }) => {
  /** Firefox releases the old allocation as soon as it has switched: a message on its way to it can be lost. */
  const tolerated = (completed: number) => (name === 'firefox' ? completed : 0)
  let page: Page
  beforeAll(async () => {
    page = await open(pagesUrl())
    await page.evaluate(installCalls)
  })
  const run = (poolSize: number, answersOffers: boolean) =>
    page.evaluate(recordRestarts, '/ice-servers', { poolSize, answersOffers, callMs: CALL_MS })

  it(
    'reports each restart of a call as requested and completed, and the call loses nothing',
    CONCURRENT,
    async ({ expect }) => {
      const { statuses, errors, states, traffic } = await run(0, true)
      expect(statuses.length).toBeGreaterThanOrEqual(4)
      expect(statuses.filter((status) => status === 'failed')).toEqual([])
      const completed = statuses.filter((status) => status === 'completed').length
      expect(statuses.filter((status) => status === 'requested').length - completed).toBeLessThanOrEqual(1)
      expect(errors).toEqual([])
      expect(states).not.toContain('disconnected')
      expect(traffic.sent - traffic.received).toBeLessThanOrEqual(tolerated(completed))
    },
  )

  it(
    'moves a call with a candidate pool of 1 before the expiry, or reports that it could not',
    CONCURRENT,
    async ({ expect }) => {
      const { statuses, failedBeforeDeadline, traffic } = await run(1, true)
      const completed = statuses.filter((status) => status === 'completed').length
      const hasLostNothing = traffic.sent - traffic.received <= tolerated(completed)
      expect(hasLostNothing || failedBeforeDeadline).toBe(true)
      expect(statuses).toContain('requested')
    },
  )

  it('reports once, with ERR_ICE_RESTART, that the app makes no offer', CONCURRENT, async ({ expect }) => {
    const { statuses, errors } = await run(0, false)
    expect(statuses.filter((status) => status === 'failed')).toHaveLength(1)
    expect(errors).toEqual([expect.stringMatching(/^ERR_ICE_RESTART .*no offer followed/)])
  })
})

/** Runs in the page: one attached end of a call through several rotations, with what the library reports about it. */
async function recordRestarts(
  endpoint: string,
  { poolSize, answersOffers, callMs }: { poolSize: number; answersOffers: boolean; callMs: number },
) {
  const statuses: string[] = []
  const errors: string[] = []
  const states: string[] = []
  let failedBeforeDeadline = false
  const provider = new TurnKeeper.IceServerProvider(endpoint)
  provider.on('error', ({ code, message }) => errors.push(`${code} ${message}`))
  provider.on('restart', ({ status, deadline }) => {
    statuses.push(status)
    if (status === 'failed' && Date.now() < deadline) failedBeforeDeadline = true
  })
  const iceServers = await provider.getIceServers()
  const options = { iceServers, iceTransportPolicy: 'relay' } as const
  const caller = new RTCPeerConnection({ ...options, iceCandidatePoolSize: poolSize })
  // The credentials of the remote peer outlive the call, so only the caller needs restarts.
  const lasting = await (await fetch('/lasting')).json()
  const callee = new RTCPeerConnection({ ...lasting, iceTransportPolicy: 'relay' })
  caller.addEventListener('iceconnectionstatechange', () => states.push(caller.iceConnectionState))
  const traffic = Calls.sendTraffic(
    caller.createDataChannel('unreliable', { ordered: false, maxRetransmits: 0 }),
    callee,
  )
  Calls.negotiateInPage(caller, callee)
  const isConnected = () => /^(connected|completed)$/.test(caller.iceConnectionState)
  if (!(await Calls.until(isConnected))) throw new Error('the call did not connect within a minute')
  if (!answersOffers) {
    // From here on the app ignores negotiationneeded, like many libraries.
    caller.addEventListener('negotiationneeded', (event) => event.stopImmediatePropagation(), true)
    caller.setLocalDescription = () => new Promise(() => {})
  }
  provider.attach(caller)
  await new Promise((resolve) => setTimeout(resolve, callMs))
  const { sent, received } = await traffic.stop()
  caller.close()
  callee.close()
  provider.close()
  return { statuses, errors, states, failedBeforeDeadline, traffic: { sent, received } }
}

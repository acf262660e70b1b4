/** Calls whose network changes: every socket that the browser has opened before goes nowhere. */
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { installCalls } from '../support/page-calls.js'
import { startPageServer } from '../support/page-server.js'
import { startUdpGateway } from '../support/udp-gateway.js'

const TIMEOUT_MS = 150_000
const RECOVERY_MS = 30_000

let turn: Awaited<ReturnType<typeof startEmbeddedTurn>>
let gateway: Awaited<ReturnType<typeof startUdpGateway>>
let pages: Awaited<ReturnType<typeof startPageServer>>
beforeAll(async () => {
  turn = await startEmbeddedTurn()
  gateway = await startUdpGateway(Number(/:(\d+)\?/.exec(`${turn.urls[0]}`)?.[1]))
  const urls = [`turn:127.0.0.1:${gateway.port}?transport=udp`]
  pages = await startPageServer({
    '/ice-servers': async () => {
      const { iceServers, ...rest } = await turn.issueCredentials(3600)
      return { ...rest, iceServers: iceServers.map((server) => ({ ...server, urls })) }
    },
    '/change-network': () => gateway.changeNetwork() ?? {},
  })
})
afterAll(() => {
  pages?.stop()
  gateway?.stop()
  turn?.stop()
})

describeInBrowsers('a change of the network', ({ name, open }) => {
  let page: Page
  beforeEach(async () => {
    page = await open(pages.url)
    await page.evaluate(installCalls)
  })

  it('is over for an attached call before it is for an app that restarts failed connections', {
    timeout: TIMEOUT_MS,
  }, async () => {
    const result = await page.evaluate(runCalls, '/change-network', RECOVERY_MS)
    console.info(
      `${name}: media after ${result.attached.gapMs} ms attached, ${result.plain.gapMs} ms unattached`,
    )
    expect(result.errors).toEqual([])
    expect(result.attached.restarts).toEqual(['network requested', 'network completed'])
    expect(result.attached.states).not.toContain('failed')
    expect(result.isAttachedFirst).toBe(true)
  })

  it('restarts no call that still receives', { timeout: TIMEOUT_MS }, async () => {
    const { attached, errors } = await page.evaluate(runCalls, undefined, RECOVERY_MS)
    expect(errors).toEqual([])
    expect(attached).toMatchObject({ restarts: [], lost: 0 })
  })
})

/**
 * Runs in the page: an attached call, and one of an app that restarts ICE once its connection has failed. The network
 * changes, if there is an endpoint for that, and the browser reports it.
 */
async function runCalls(changeNetwork: string | undefined, recoveryMs: number) {
  const provider = new TurnKeeper.IceServerProvider('/ice-servers')
  const restarts: string[] = []
  const errors: string[] = []
  provider.on('restart', ({ cause, status }) => restarts.push(`${cause} ${status}`))
  provider.on('error', (error) => errors.push(String(error)))
  const configuration: RTCConfiguration = {
    iceServers: await provider.getIceServers(),
    iceTransportPolicy: 'relay',
  }
  const startCall = () => {
    const [caller, callee] = [new RTCPeerConnection(configuration), new RTCPeerConnection(configuration)]
    Calls.negotiateInPage(caller, callee)
    const sender = Calls.sendTraffic(caller.createDataChannel('unreliable', { maxRetransmits: 0 }), callee)
    const states: string[] = []
    caller.addEventListener('iceconnectionstatechange', () => states.push(caller.iceConnectionState))
    return { caller, callee, states, ...sender }
  }
  const [attached, plain] = [startCall(), startCall()]
  provider.attach(attached.caller, { restartIce: 'lost' })
  plain.caller.addEventListener('iceconnectionstatechange', () => {
    if (plain.caller.iceConnectionState === 'failed') plain.caller.restartIce()
  })
  const calls = [attached, plain]
  const areReceiving = () => calls.every(({ traffic }) => traffic.arrivals.length > 50)
  if (!(await Calls.until(areReceiving))) throw new Error('the calls did not connect within a minute')

  if (changeNetwork) await fetch(changeNetwork)
  const changedAt = performance.now() + 200 // what is under way still arrives
  window.dispatchEvent(new Event('online'))
  const recoveredAt = ({ traffic }: (typeof calls)[number]) => traffic.arrivals.find((at) => at > changedAt)
  const haveRecovered = () => calls.every((call) => recoveredAt(call) !== undefined)
  const wait = changeNetwork ? recoveryMs : 0
  await Calls.until(haveRecovered, wait)
  await new Promise((resolve) => setTimeout(resolve, changeNetwork ? 1000 : 25_000))
  for (const { stop } of calls) await stop()
  const resultOf = (call: (typeof calls)[number]) => ({
    states: call.states,
    gapMs: Math.round((recoveredAt(call) ?? Number.POSITIVE_INFINITY) - changedAt),
    lost: call.traffic.sent - call.traffic.received,
  })
  const [ofAttached, ofPlain] = [resultOf(attached), resultOf(plain)]
  for (const { caller, callee } of calls) for (const pc of [caller, callee]) pc.close()
  provider.close()
  return {
    attached: { ...ofAttached, restarts },
    plain: ofPlain,
    isAttachedFirst: ofAttached.gapMs < ofPlain.gapMs,
    errors: [...errors, ...Calls.negotiationErrors],
  }
}

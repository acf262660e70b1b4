import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { type Coturn, startCoturn } from '../support/coturn.js'
import { installCalls } from '../support/page-calls.js'
import { startPageServer } from '../support/page-server.js'
import { findProgram } from '../support/system-packages.js'

/** Long enough for both offers to be under way. */
const SIGNALING_MS = 100

/** Runs in the page: a call whose ends, both attached, get new servers at the same moment, over a slow signalling. */
async function collide(delayMs: number) {
  const provider = new TurnKeeper.IceServerProvider('/ice-servers')
  const iceServers = await provider.getIceServers()
  const [caller, callee] = [1, 2].map(
    () => new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' }),
  ) as [RTCPeerConnection, RTCPeerConnection]
  const states: string[] = []
  let offers = 0
  const send = (take: (message: Parameters<typeof toCaller>[0]) => void) => {
    return (message: Parameters<typeof toCaller>[0]) => {
      if (message.description?.type === 'offer') offers++
      setTimeout(() => take(message), delayMs)
    }
  }
  const toCallee = Calls.negotiatePerfectly(
    callee,
    true,
    send((message) => toCaller(message)),
  )
  const toCaller: ReturnType<typeof Calls.negotiatePerfectly> = Calls.negotiatePerfectly(
    caller,
    false,
    send((message) => toCallee(message)),
  )
  const { traffic, stop } = Calls.sendTraffic(caller.createDataChannel('x'), callee)
  await Calls.until(() => traffic.received > 0)
  caller.addEventListener('iceconnectionstatechange', () => states.push(caller.iceConnectionState))
  await new Promise((resolve) => setTimeout(resolve, 2500)) // until the first negotiation has settled
  // A provider for each end, so that neither waits for its turn after the other.
  const other = new TurnKeeper.IceServerProvider('/ice-servers')
  await Promise.all([provider.refresh(), other.refresh()])
  offers = 0
  provider.attach(caller)
  other.attach(callee)
  await Calls.until(() => offers >= 2)
  await new Promise((resolve) => setTimeout(resolve, 2000))
  const { sent, received } = await stop()
  for (const end of [caller, callee, provider, other]) end.close()
  return { sent, received, offers, states }
}

describe.skipIf(!findProgram('coturn'))('both ends of a call', () => {
  let coturn: Coturn
  let server: Awaited<ReturnType<typeof startPageServer>>
  beforeAll(async () => {
    coturn = await startCoturn()
    let minted = 0
    const mint = () => ({ iceServers: [coturn.mint(60, `user${++minted}`)], ttl: 60 })
    server = await startPageServer({ '/ice-servers': mint })
  })
  afterAll(async () => {
    server?.stop()
    await coturn?.stop()
  })

  describeInBrowsers('restart ICE at the same moment', ({ open }) => {
    it('and their offers collide', async () => {
      const page = await open(server.url)
      await page.evaluate(installCalls)
      const { sent, received, offers, states } = await page.evaluate(collide, SIGNALING_MS)
      expect(offers).toBeGreaterThanOrEqual(2)
      expect(received).toBe(sent)
      expect(sent).toBeGreaterThan(50)
      expect(states.filter((state) => !/^(checking|connected|completed)$/.test(state))).toEqual([])
    })
  })
})

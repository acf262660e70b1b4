import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { installCalls, type SignalingMessage } from '../support/page-calls.js'
import { startPageServer } from '../support/page-server.js'

interface CallOptions {
  /** How long a message is under way. */
  signalingMs?: number
  /** Without bundling, each track has a transport of its own. */
  isBundled?: boolean
}

/** Runs in the page, once: a relay-only call between two ends, each with a provider of its own. */
async function startCall({ signalingMs = 0, isBundled = true }: CallOptions) {
  const [ofCaller, ofCallee] = [1, 2].map(() => new TurnKeeper.IceServerProvider('/ice-servers')) as [
    Provider,
    Provider,
  ]
  const connect = async (provider: Provider) =>
    new RTCPeerConnection({ iceServers: await provider.getIceServers(), iceTransportPolicy: 'relay' })
  const [caller, callee] = [await connect(ofCaller), await connect(ofCallee)]
  const states: string[] = []
  const record = { offers: 0 }
  const send = (take: () => (message: SignalingMessage) => void) => (message: SignalingMessage) => {
    const { description } = message
    if (description?.type === 'offer') record.offers++
    const sdp = isBundled ? description?.sdp : description?.sdp?.replace(/^a=group:BUNDLE.*\r\n/m, '')
    const sent = description ? { description: { type: description.type, sdp: sdp ?? '' } } : message
    setTimeout(() => take()(sent), signalingMs)
  }
  const toCallee = Calls.negotiatePerfectly(
    callee,
    true,
    send(() => toCaller),
  )
  const toCaller: (message: SignalingMessage) => void = Calls.negotiatePerfectly(
    caller,
    false,
    send(() => toCallee),
  )
  const traffic = Calls.sendTraffic(caller.createDataChannel('x'), callee)
  const stream = Calls.createVideo()
  if (!isBundled) for (const track of stream.getTracks()) caller.addTrack(track, stream)
  await Calls.until(() => traffic.traffic.received > 0 && caller.connectionState === 'connected')
  await new Promise((resolve) => setTimeout(resolve, 2500)) // until the first negotiation has settled
  record.offers = 0
  caller.addEventListener('iceconnectionstatechange', () => states.push(caller.iceConnectionState))
  Object.assign(globalThis, { call: { ofCaller, ofCallee, caller, callee, traffic, states, record } })
}

type Provider = InstanceType<typeof TurnKeeper.IceServerProvider>
declare const call: {
  ofCaller: Provider
  ofCallee: Provider
  caller: RTCPeerConnection
  callee: RTCPeerConnection
  traffic: ReturnType<typeof Calls.sendTraffic>
  states: string[]
  record: { offers: number }
}

/** Runs in the page, at the end: what became of the call. */
async function endCall() {
  await new Promise((resolve) => setTimeout(resolve, 2000))
  const { sent, received } = await call.traffic.stop()
  const dtls = call.caller.sctp?.transport.state
  for (const end of [call.caller, call.callee, call.ofCaller, call.ofCallee]) end.close()
  return {
    sent,
    received,
    dtls,
    isDown: call.states.some((state) => state === 'disconnected' || state === 'failed'),
    faults: Calls.faults,
  }
}

let turn: Awaited<ReturnType<typeof startEmbeddedTurn>>
let pages: Awaited<ReturnType<typeof startPageServer>>
beforeAll(async () => {
  turn = await startEmbeddedTurn()
  pages = await startPageServer({ '/ice-servers': () => turn.mint(60) })
})
afterAll(() => {
  pages?.stop()
  turn?.stop()
})

describeInBrowsers('ICE restarts', ({ name, open }) => {
  const openCall = async (options: CallOptions): Promise<Page> => {
    const page = await open(pages.url)
    await page.evaluate(installCalls)
    await page.evaluate(startCall, options)
    return page
  }
  const intact = { dtls: 'connected', isDown: false, faults: [] }

  it('of both ends at the same moment, whose offers collide, harm nothing', async () => {
    const page = await openCall({ signalingMs: 100 })
    await page.evaluate(async () => {
      await Promise.all([call.ofCaller.refresh(), call.ofCallee.refresh()])
      call.ofCaller.attach(call.caller)
      call.ofCallee.attach(call.callee)
      await Calls.until(() => call.record.offers >= 2)
    })
    expect(await page.evaluate(() => call.record.offers)).toBeGreaterThanOrEqual(2)
    const result = await page.evaluate(endCall)
    expect(result).toMatchObject({ ...intact, received: result.sent })
    await page.close()
  })

  it('one right after the other lose the connection in Firefox, so that attach has to wait', async () => {
    const page = await openCall({})
    await page.evaluate(async () => {
      call.caller.restartIce()
      await new Promise((resolve) => setTimeout(resolve, 20))
      call.caller.restartIce()
    })
    const { dtls } = await page.evaluate(endCall)
    expect(dtls).toBe(name === 'firefox' ? 'failed' : 'connected')
    await page.close()
  })

  it('of attach wait for the one before', async () => {
    const page = await openCall({})
    const username = await page.evaluate(async () => {
      call.ofCallee.attach(call.callee)
      await call.ofCallee.refresh()
      await new Promise((resolve) => setTimeout(resolve, 485)) // its own is due right after this one
      call.caller.restartIce()
      await Calls.until(() => call.record.offers >= 2, 4000)
      return call.ofCallee.current?.iceServers[0]?.username
    })
    const result = await page.evaluate(endCall)
    expect(result).toMatchObject({ ...intact, received: result.sent })
    expect(turn.allocatedUsernames()).toContain(username)
    await page.close()
  })

  it('move every transport of a call that is not bundled', async () => {
    const page = await openCall({ isBundled: false })
    const moved = await page.evaluate(async () => {
      const ports = async () => {
        const stats = [...(await call.caller.getStats()).values()]
        const pairs = stats.map(({ selectedCandidatePairId: id }) =>
          stats.find((entry) => id && entry.id === id),
        )
        const ids = pairs.filter(Boolean).map(({ localCandidateId }) => localCandidateId)
        return ids.map((id) => stats.find((entry) => entry.id === id)?.port)
      }
      const before = await ports()
      call.ofCaller.attach(call.caller)
      await call.ofCaller.refresh()
      await new Promise((resolve) => setTimeout(resolve, 3000))
      return { before, after: await ports() }
    })
    expect(moved.before).toHaveLength(2)
    expect(moved.after).toHaveLength(2)
    expect(moved.after.filter((port) => moved.before.includes(port))).toEqual([])
    const result = await page.evaluate(endCall)
    expect(result).toMatchObject({ ...intact, received: result.sent })
    await page.close()
  })

  it('are left to an app whose server makes the offers', async () => {
    const page = await openCall({})
    const asked = await page.evaluate(async () => {
      const deadlines: number[] = []
      const end = call.ofCallee.current?.expiresAt ?? 0
      call.ofCallee.attach(call.callee, {
        restartIce: (_, { deadline }) => {
          deadlines.push(deadline - end)
          call.caller.restartIce() // as a server would, when it is asked to
        },
      })
      await call.ofCallee.refresh()
      await Calls.until(() => deadlines.length > 0)
      await new Promise((resolve) => setTimeout(resolve, 2000))
      return { deadlines, username: call.ofCallee.current?.iceServers[0]?.username }
    })
    expect(asked.deadlines).toEqual([0])
    expect(turn.allocatedUsernames()).toContain(asked.username)
    const result = await page.evaluate(endCall)
    expect(result).toMatchObject({ ...intact, received: result.sent })
    await page.close()
  })
})

/** How `attach` restarts ICE in real browsers, and the browsers' behavior that it depends on. */
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { installCalls, type SignalingMessage } from '../support/page-calls.js'
import { startPageServer } from '../support/page-server.js'

interface CallOptions {
  /** The delay of a signaling message. */
  signalingMs?: number
  /** Without BUNDLE, each track has a transport of its own. */
  isBundled?: boolean
}

/** Runs once in the page: a relay-only call between two peers, each with a provider of its own. */
async function startCall({ signalingMs = 0, isBundled = true }: CallOptions) {
  const [callerProvider, calleeProvider] = [1, 2].map(
    () => new TurnKeeper.IceServerProvider('/ice-servers'),
  ) as [Provider, Provider]
  const connect = async (provider: Provider) =>
    new RTCPeerConnection({ iceServers: await provider.getIceServers(), iceTransportPolicy: 'relay' })
  const [caller, callee] = [await connect(callerProvider), await connect(calleeProvider)]
  const states: string[] = []
  const counts = { offers: 0 }
  const send = (getReceive: () => (message: SignalingMessage) => void) => (message: SignalingMessage) => {
    const { description } = message
    if (description?.type === 'offer') counts.offers++
    const sdp = isBundled ? description?.sdp : description?.sdp?.replace(/^a=group:BUNDLE.*\r\n/m, '')
    const sent = description ? { description: { type: description.type, sdp: sdp ?? '' } } : message
    setTimeout(() => getReceive()(sent), signalingMs)
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
  const isConnected = () => traffic.traffic.received > 0 && caller.connectionState === 'connected'
  if (!(await Calls.until(isConnected))) throw new Error('the call did not connect within a minute')
  await new Promise((resolve) => setTimeout(resolve, 2500)) // until the first negotiation has settled
  counts.offers = 0
  caller.addEventListener('iceconnectionstatechange', () => states.push(caller.iceConnectionState))
  Object.assign(globalThis, {
    call: { callerProvider, calleeProvider, caller, callee, traffic, states, counts },
  })
}

type Provider = InstanceType<typeof TurnKeeper.IceServerProvider>
declare const call: {
  callerProvider: Provider
  calleeProvider: Provider
  caller: RTCPeerConnection
  callee: RTCPeerConnection
  traffic: ReturnType<typeof Calls.sendTraffic>
  states: string[]
  counts: { offers: number }
}

/** Runs in the page: closes the call and resolves with what happened to it. */
async function closeCall() {
  await new Promise((resolve) => setTimeout(resolve, 2000))
  const { sent, received } = await call.traffic.stop()
  const dtls = call.caller.sctp?.transport.state
  const { caller, callee, callerProvider, calleeProvider } = call
  for (const closable of [caller, callee, callerProvider, calleeProvider]) closable.close()
  return {
    sent,
    received,
    dtls,
    wasDown: call.states.some((state) => state === 'disconnected' || state === 'failed'),
    negotiationErrors: Calls.negotiationErrors,
  }
}

let turn: Awaited<ReturnType<typeof startEmbeddedTurn>>
let pages: Awaited<ReturnType<typeof startPageServer>>
beforeAll(async () => {
  turn = await startEmbeddedTurn()
  pages = await startPageServer({ '/ice-servers': () => turn.issueCredentials(60) })
})
afterAll(() => {
  pages?.stop()
  turn?.stop()
})

describeInBrowsers('IceServerProvider.attach', ({ name, open }) => {
  const openCall = async (options: CallOptions): Promise<Page> => {
    const page = await open(pages.url)
    await page.evaluate(installCalls)
    await page.evaluate(startCall, options)
    return page
  }
  const intact = { dtls: 'connected', wasDown: false, negotiationErrors: [] }

  it('loses no message when both peers restart ICE at the same moment and their offers collide', async () => {
    const page = await openCall({ signalingMs: 100 })
    await page.evaluate(async () => {
      await Promise.all([call.callerProvider.refresh(), call.calleeProvider.refresh()])
      call.callerProvider.attach(call.caller)
      call.calleeProvider.attach(call.callee)
      await Calls.until(() => call.counts.offers >= 2)
    })
    expect(await page.evaluate(() => call.counts.offers)).toBeGreaterThanOrEqual(2)
    const result = await page.evaluate(closeCall)
    expect(result).toMatchObject({ ...intact, received: result.sent })
    await page.close()
  })

  it('replaces other credentials for the same URL, with which browsers would find no relay address', async () => {
    const page = await open(pages.url)
    await page.evaluate(installCalls)
    const candidates = await page.evaluate(async () => {
      const provider = new TurnKeeper.IceServerProvider('/ice-servers')
      const [server] = await provider.getIceServers()
      if (!server) throw new Error('no servers')
      const iceServers = [{ ...server, username: '1000000000:user' }] // of an app that requested them itself, and has expired
      const pc = new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' })
      provider.attach(pc)
      const candidates: string[] = []
      pc.onicecandidate = ({ candidate }) => candidate?.type && candidates.push(candidate.type)
      pc.createDataChannel('x')
      await pc.setLocalDescription()
      await Calls.until(() => candidates.length > 0 || pc.iceGatheringState === 'complete', 5000)
      for (const closable of [pc, provider]) closable.close()
      return candidates
    })
    expect(candidates).toEqual(['relay'])
    await page.close()
  })

  it('has to space ICE restarts, because Firefox loses a connection that restarts twice within 20 ms', async () => {
    const page = await openCall({})
    await page.evaluate(async () => {
      call.caller.restartIce()
      await new Promise((resolve) => setTimeout(resolve, 20))
      call.caller.restartIce()
    })
    const { dtls } = await page.evaluate(closeCall)
    expect(dtls).toBe(name === 'firefox' ? 'failed' : 'connected')
    await page.close()
  })

  it('waits for a restart by the remote peer to settle before it restarts ICE', async () => {
    const page = await openCall({})
    const username = await page.evaluate(async () => {
      call.calleeProvider.attach(call.callee)
      await call.calleeProvider.refresh()
      await new Promise((resolve) => setTimeout(resolve, 485)) // the restart of the callee is due right after this
      call.caller.restartIce()
      await Calls.until(() => call.counts.offers >= 2, 4000)
      return call.calleeProvider.current?.iceServers[0]?.username
    })
    const result = await page.evaluate(closeCall)
    expect(result).toMatchObject({ ...intact, received: result.sent })
    expect(turn.allocatedUsernames()).toContain(username)
    await page.close()
  })

  it('moves every transport of a call without BUNDLE to the new servers', async () => {
    const page = await openCall({ isBundled: false })
    const ports = await page.evaluate(async () => {
      const readRelayPorts = async () => {
        const stats = [...(await call.caller.getStats()).values()]
        const pairs = stats.map(({ selectedCandidatePairId: id }) =>
          stats.find((entry) => id && entry.id === id),
        )
        const ids = pairs.filter(Boolean).map(({ localCandidateId }) => localCandidateId)
        return ids.map((id) => stats.find((entry) => entry.id === id)?.port)
      }
      const before = await readRelayPorts()
      call.callerProvider.attach(call.caller)
      await call.callerProvider.refresh()
      await new Promise((resolve) => setTimeout(resolve, 3000))
      return { before, after: await readRelayPorts() }
    })
    expect(ports.before).toHaveLength(2)
    expect(ports.after).toHaveLength(2)
    expect(ports.after.filter((port) => ports.before.includes(port))).toEqual([])
    const result = await page.evaluate(closeCall)
    expect(result).toMatchObject({ ...intact, received: result.sent })
    await page.close()
  })

  it('leaves the restart to a restartIce function, for apps whose server makes the offers', async () => {
    const page = await openCall({})
    const requested = await page.evaluate(async () => {
      const deadlineOffsets: number[] = []
      const expiresAt = call.calleeProvider.current?.expiresAt ?? 0
      call.calleeProvider.attach(call.callee, {
        restartIce: (_, { deadline }) => {
          deadlineOffsets.push(deadline - expiresAt)
          call.caller.restartIce() // the offer of the app's server
        },
      })
      await call.calleeProvider.refresh()
      await Calls.until(() => deadlineOffsets.length > 0)
      await new Promise((resolve) => setTimeout(resolve, 2000))
      return { deadlineOffsets, username: call.calleeProvider.current?.iceServers[0]?.username }
    })
    expect(requested.deadlineOffsets).toEqual([0])
    expect(turn.allocatedUsernames()).toContain(requested.username)
    const result = await page.evaluate(closeCall)
    expect(result).toMatchObject({ ...intact, received: result.sent })
    await page.close()
  })
})

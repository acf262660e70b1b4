/** Calls that leave a TURN server: because the app pushes other servers, or because the server has stopped. */
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { type Coturn, startCoturn } from '../support/coturn.js'
import { installCalls } from '../support/page-calls.js'
import { startPageServer } from '../support/page-server.js'
import { hasProgram } from '../support/system-packages.js'
import { until, wait } from '../support/wait.js'

/** Longer than any test, so that no credential expires. */
const TTL_SECONDS = 3600
const TIMEOUT_MS = 180_000

/** Long enough for a browser to notice that its TURN server is gone. */
const OBSERVATION_MS = 15_000

/** In the page while a call runs. */
interface RunningCall {
  readonly providers: InstanceType<typeof TurnKeeper.IceServerProvider>[]
  readonly errors: string[]
  readonly states: string[]
  count(): { received: number; sent: number; frames: number }
  /** Whether both ends use the current servers. */
  isSettled(): boolean
  stop(): Promise<{ received: number; sent: number }>
}
type PageWithCall = typeof globalThis & { call: RunningCall }

/** Runs in the page: starts a relay-only call between two attached connections with video and a reliable channel. */
async function startCall(endpoints: string[], initialResponse: unknown) {
  const errors: string[] = []
  const states: string[] = []
  const createPeer = async () => {
    const provider = new TurnKeeper.IceServerProvider(endpoints, { initialResponse })
    provider.on('error', ({ code }) => errors.push(code))
    const pc = new RTCPeerConnection({
      iceServers: await provider.getIceServers(),
      iceTransportPolicy: 'relay',
    })
    pc.addEventListener('iceconnectionstatechange', () => states.push(pc.iceConnectionState))
    provider.attach(pc)
    return { provider, pc }
  }
  const [caller, callee] = [await createPeer(), await createPeer()]
  Calls.negotiateInPage(caller.pc, callee.pc)
  const { traffic, stop } = Calls.sendTraffic(caller.pc.createDataChannel('reliable'), callee.pc)
  let frames = 0
  callee.pc.addEventListener('track', ({ streams: [stream] }) => {
    const video = Object.assign(document.createElement('video'), { muted: true, autoplay: true })
    video.srcObject = stream ?? null
    document.body.append(video)
    const count = () => {
      frames++
      video.requestVideoFrameCallback(count)
    }
    video.requestVideoFrameCallback(count)
  })
  const stream = Calls.createVideo()
  for (const track of stream.getTracks()) caller.pc.addTrack(track, stream)
  if (!(await Calls.until(() => traffic.received > 0 && frames > 0)))
    throw new Error('the call did not connect')
  const providers = [caller.provider, callee.provider]
  const call: RunningCall = {
    providers,
    errors,
    states,
    count: () => ({ received: traffic.received, sent: traffic.sent, frames }),
    isSettled: () =>
      providers.every((provider) => provider.snapshot().connections[0]?.restart === 'current') &&
      [caller.pc, callee.pc].every(({ signalingState }) => signalingState === 'stable'),
    async stop() {
      const { received, sent } = await stop()
      for (const { pc, provider } of [caller, callee]) {
        pc.close()
        provider.close()
      }
      return { received, sent }
    },
  }
  Object.assign(globalThis, { call })
}

const count = (page: Page) => page.evaluate(() => (globalThis as PageWithCall).call.count())

/** Waits until both messages and video frames have arrived for a while. */
async function untilMediaFlows(page: Page) {
  const { received, frames } = await count(page)
  for (let now = await count(page); now.received < received + 20 || now.frames < frames + 10; ) {
    await wait(100)
    now = await count(page)
  }
}

describe.skipIf(!hasProgram('coturn'))('with two coturns', () => {
  let remaining: Coturn
  let stopping: Coturn
  let pages: Awaited<ReturnType<typeof startPageServer>>
  beforeAll(async () => {
    remaining = await startCoturn()
    pages = await startPageServer({
      '/first': () => responseOf(stopping),
      '/second': () => responseOf(remaining),
    })
  })
  afterAll(async () => {
    pages?.stop()
    await remaining?.stop()
  })
  const responseOf = (coturn: Coturn) => ({
    iceServers: [coturn.issueCredentials(TTL_SECONDS)],
    ttl: TTL_SECONDS,
    afterExpiry: 'keep',
  })

  /** Starts the coturn that the test stops. Returns the function that does so. */
  async function startStoppingCoturn() {
    const coturn = await startCoturn()
    stopping = coturn
    let stopped: Promise<void> | undefined
    const stop = () => {
      stopped ??= coturn.stop()
      return stopped
    }
    onTestFinished(stop)
    return stop
  }

  describeInBrowsers('a relay-only call', ({ open }) => {
    const openPage = async () => {
      const page = await open(pages.url)
      await page.evaluate(installCalls)
      return page
    }
    const allocations = () => remaining.allocatedUsernames().length

    it('moves to pushed servers while the old credentials are valid, and outlives the old TURN server', {
      timeout: TIMEOUT_MS,
    }, async () => {
      const stop = await startStoppingCoturn()
      const page = await openPage()
      await page.evaluate(startCall, ['/unused'], responseOf(stopping))
      const allocationsBefore = allocations()
      await page.evaluate(
        (response) =>
          Promise.all((globalThis as PageWithCall).call.providers.map((each) => each.setResponse(response))),
        responseOf(remaining),
      )
      await until(() => allocations() >= allocationsBefore + 2)
      await page.evaluate(() => Calls.until(() => (globalThis as PageWithCall).call.isSettled()))
      await stop()
      await wait(OBSERVATION_MS)
      await untilMediaFlows(page)
      const { states, errors } = await page.evaluate(() => (globalThis as PageWithCall).call)
      const { received, sent } = await page.evaluate(() => (globalThis as PageWithCall).call.stop())
      expect(states.filter((state) => !/^(checking|connected|completed)$/.test(state))).toEqual([])
      expect(errors).toEqual([])
      expect(received).toBe(sent)
      expect(pages.requestsTo('/unused')).toBe(0)
    })

    it('is back after its TURN server has stopped, with the servers of the next endpoint', {
      timeout: TIMEOUT_MS,
    }, async () => {
      const stop = await startStoppingCoturn()
      const page = await openPage()
      await page.evaluate(startCall, ['/first', '/second'], undefined)
      const requestsBefore = pages.requestsTo('/second')
      await stop()
      await until(() => pages.requestsTo('/second') >= requestsBefore + 2)
      await wait(OBSERVATION_MS)
      await untilMediaFlows(page)
      const { errors } = await page.evaluate(() => (globalThis as PageWithCall).call)
      const { received, sent } = await page.evaluate(() => (globalThis as PageWithCall).call.stop())
      expect(errors).toContain('ERR_UNREACHABLE')
      expect(received).toBe(sent)
    })
  })
})

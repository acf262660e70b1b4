import { appendFile, mkdir, rm } from 'node:fs/promises'
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { type Coturn, startCoturn } from '../support/coturn.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { installCalls } from '../support/page-calls.js'
import { startPageServer } from '../support/page-server.js'
import { findProgram } from '../support/system-packages.js'

/** `npm run marathon` runs a longer one. */
const ROTATIONS = Number(process.env.MARATHON_ROTATIONS ?? 10)
/** Firefox 153 loses a connection at its 46th to 61st ICE restart, and a rotation has one or two of them. */
const FIREFOX_ROTATIONS = 25
const RESTARTS = 70
const TTL_SECONDS = 8
const REPORT = new URL('../.results/marathon.jsonl', import.meta.url)
/** Twice the time that a rotation takes at most, for machines that are busy. */
const TIMEOUT_MS = (ROTATIONS + 3) * TTL_SECONDS * 1000

const TEST_TIMEOUT_MS = TIMEOUT_MS + 30_000

type EmbeddedTurn = Awaited<ReturnType<typeof startEmbeddedTurn>>
type Way = 'library' | 'fetch once' | 'setConfiguration only'

/** Runs in the page: a relay-only call between two ends, each with a provider of its own, and what became of it. */
async function call(endpoint: string, way: Way, rotations: number, timeoutMs: number) {
  const errors: string[] = []
  const states: string[] = []
  const restarts: number[] = []
  const usernames: string[] = []
  const frames: number[] = []
  let rotated = 0
  let frameCount = 0

  const createEnd = async (name: string) => {
    const provider = new TurnKeeper.IceServerProvider(endpoint)
    provider.on('error', ({ code, message }) => errors.push(`${name}: ${code} ${message}`))
    const iceServers = await provider.getIceServers()
    const key: EcKeyGenParams = { name: 'ECDSA', namedCurve: 'P-256' }
    const pc = new RTCPeerConnection({
      iceServers,
      iceTransportPolicy: 'relay',
      bundlePolicy: 'max-bundle',
      certificates: [await RTCPeerConnection.generateCertificate(key)],
    })
    pc.addEventListener('iceconnectionstatechange', () => states.push(pc.iceConnectionState))
    if (way !== 'fetch once') {
      provider.attach(pc, { restartIce: way === 'library' ? 'relayed' : 'never' })
    }
    return { provider, pc }
  }
  const [caller, callee] = [await createEnd('caller'), await createEnd('callee')]
  const toCallee = Calls.negotiatePerfectly(callee.pc, true, (message) => setTimeout(() => toCaller(message)))
  const toCaller = Calls.negotiatePerfectly(caller.pc, false, (message) =>
    setTimeout(() => toCallee(message)),
  )

  const unreliable = Calls.sendTraffic(
    caller.pc.createDataChannel('unreliable', { ordered: false, maxRetransmits: 0 }),
    callee.pc,
  )
  const reliable = Calls.sendTraffic(caller.pc.createDataChannel('reliable'), callee.pc)
  callee.pc.addEventListener('track', ({ streams: [stream] }) => {
    const video = Object.assign(document.createElement('video'), { muted: true, autoplay: true })
    video.srcObject = stream ?? null
    document.body.append(video)
    const count = () => {
      frameCount++
      video.requestVideoFrameCallback(count)
    }
    video.requestVideoFrameCallback(count)
  })
  const stream = Calls.createVideo()
  for (const track of stream.getTracks()) caller.pc.addTrack(track, stream)
  await Calls.until(() => caller.pc.iceConnectionState === 'connected' && frameCount > 0)

  let ufrag = ''
  caller.pc.addEventListener('signalingstatechange', () => {
    const now = /a=ice-ufrag:(.*)/.exec(caller.pc.localDescription?.sdp ?? '')?.[1] ?? ''
    if (ufrag && now !== ufrag) restarts.push(performance.now())
    ufrag = now
  })
  caller.provider.on('update', ({ iceServers }) => {
    usernames.push(iceServers[0]?.username ?? '')
    frames.push(frameCount)
    frameCount = 0
    rotated++
  })
  const isDown = () => states.some((state) => state === 'disconnected' || state === 'failed')
  await Calls.until(() => rotated > rotations || isDown(), timeoutMs)

  const { iceTransportPolicy, bundlePolicy, certificates } = caller.pc.getConfiguration()
  const [ofUnreliable, ofReliable] = [await unreliable.stop(), await reliable.stop()]
  for (const { pc, provider } of [caller, callee]) {
    pc.close()
    provider.close()
  }
  const gaps = ofUnreliable.arrivals.map((at, i) => ({ at, ms: at - (ofUnreliable.arrivals[i - 1] ?? at) }))
  const isNearRestart = ({ at }: { at: number }) => restarts.some((restart) => Math.abs(at - restart) < 1000)
  const longest = (list: { ms: number }[]) => Math.round(Math.max(0, ...list.map(({ ms }) => ms)))
  const summary = ({ arrivals: _, ...rest }: typeof ofReliable) => rest
  return {
    rotations: rotated,
    usernames,
    restarts: restarts.length,
    kept: { iceTransportPolicy, bundlePolicy, certificates: certificates?.length },
    faults: Calls.faults,
    states: [...new Set(states)],
    unreliable: summary(ofUnreliable),
    reliable: summary(ofReliable),
    frames: frames.slice(1),
    longestGapNearRestartMs: longest(gaps.filter(isNearRestart)),
    longestGapElsewhereMs: longest(gaps.filter((gap) => !isNearRestart(gap))),
    errors,
  }
}

describe.skipIf(!findProgram('coturn'))(`relay-only calls with credentials of ${TTL_SECONDS} s`, () => {
  const servers: (EmbeddedTurn | Coturn)[] = []
  const allocated: Record<string, () => string[]> = {}
  let pages: Awaited<ReturnType<typeof startPageServer>>

  beforeAll(async () => {
    await mkdir(new URL('.', REPORT), { recursive: true })
    await rm(REPORT, { force: true })
    const [dropping, refusing, bad] = await Promise.all([
      startEmbeddedTurn({ atExpiry: 'drop' }),
      startEmbeddedTurn({ allocationSeconds: 14 }),
      startEmbeddedTurn({ allocationSeconds: 14, refusalCode: 400 }),
    ])
    const coturn = await startCoturn()
    servers.push(dropping, refusing, bad, coturn)
    const embedded = (turn: EmbeddedTurn) => () => turn.mint(TTL_SECONDS)
    Object.assign(allocated, {
      '/dropping': dropping.allocatedUsernames,
      '/refusing': refusing.allocatedUsernames,
      '/bad': bad.allocatedUsernames,
      '/coturn': coturn.allocatedUsernames,
    })
    pages = await startPageServer({
      '/dropping': embedded(dropping),
      '/refusing': embedded(refusing),
      '/bad': embedded(bad),
      '/lasting': () => ({ iceServers: [coturn.mint(3600)] }),
      '/coturn': () => ({ iceServers: [coturn.mint(TTL_SECONDS)], ttl: TTL_SECONDS }),
    })
  })
  afterAll(async () => {
    pages?.stop()
    for (const server of servers) await server.stop()
  })

  describeInBrowsers('keep running', ({ name, open }) => {
    const rotations = name === 'firefox' ? Math.min(ROTATIONS, FIREFOX_ROTATIONS) : ROTATIONS
    // All in one page, for browsers slow down the pages that nobody sees.
    let page: Page
    beforeAll(async () => {
      page = await open(pages.url)
      await page.evaluate(installCalls)
    })
    const run = async (endpoint: string, way: Way, rotations: number) => {
      const result = await page.evaluate(call, endpoint, way, rotations, TIMEOUT_MS)
      await report({ browser: name, endpoint, way, ...result })
      return result
    }

    // No second try for Chromium: it loses nothing. Firefox gives up when the TURN servers stand still while ICE restarts.
    const options = { timeout: TEST_TIMEOUT_MS, retry: name === 'firefox' ? 1 : 0 }
    it.concurrent.for([
      ['/dropping', 'that drops allocations when their credentials expire'],
      ['/refusing', 'that answers 401 to a refresh after that'],
      ['/bad', 'that answers 400 to it'],
      ['/coturn', 'coturn'],
    ])(`over ${rotations} rotations on a server: %s, %s`, options, async ([endpoint = '']) => {
      const result = await run(endpoint, 'library', rotations)
      expect([...result.errors, ...result.faults]).toEqual([])
      expect(result.kept).toEqual({
        iceTransportPolicy: 'relay',
        bundlePolicy: 'max-bundle',
        certificates: 1,
      })
      expect(result.states.filter((state) => !/^(checking|connected|completed)$/.test(state))).toEqual([])
      const { reliable, unreliable } = result
      expect(reliable.sent).toBeGreaterThan(rotations)
      expect(reliable).toMatchObject({ received: reliable.sent, duplicates: 0, isInOrder: true })
      // Firefox gives an allocation up at once when it moves, and a message on the way to it may be lost.
      const tolerated = name === 'firefox' ? result.restarts : 0
      expect(unreliable.duplicates).toBe(0)
      expect(unreliable.sent - unreliable.received).toBeLessThanOrEqual(tolerated)
      expect(result.rotations).toBeGreaterThan(rotations)
      expect(result.restarts).toBeGreaterThanOrEqual(rotations)
      expect(result.frames.filter((count) => count === 0)).toEqual([])
      const used = new Set(allocated[endpoint]?.())
      expect(result.usernames.slice(0, rotations).filter((username) => !used.has(username))).toEqual([])
    })

    // A fact of the browser, and long to see.
    if (ROTATIONS > FIREFOX_ROTATIONS) {
      it(`but in Firefox not for ${RESTARTS} ICE restarts, with the library or without`, async () => {
        const restarts = await page.evaluate(restartOften, '/lasting', RESTARTS)
        await report({ browser: name, way: 'ICE restarts until the connection was lost', restarts })
        if (name === 'firefox') expect(restarts).toBeLessThan(RESTARTS)
        else expect(restarts).toBe(RESTARTS)
      })
    }

    const baselines = [
      ['/dropping', 'fetch once'],
      ['/dropping', 'setConfiguration only'],
      ['/refusing', 'setConfiguration only'],
    ] as const
    // Firefox takes half a minute to notice a refused refresh.
    const noticed = name === 'firefox' ? baselines.slice(0, 2) : baselines
    it.concurrent.for(noticed)(
      'but not on %s with "%s"',
      { timeout: TEST_TIMEOUT_MS },
      async ([endpoint, way]) => {
        const { states, unreliable, reliable } = await run(endpoint, way, Math.max(ROTATIONS, 10))
        expect(states.filter((state) => state === 'disconnected' || state === 'failed')).not.toEqual([])
        if (endpoint !== '/dropping') return
        expect(unreliable.received).toBeLessThan(unreliable.sent)
        expect(reliable.received).toBeLessThan(reliable.sent)
      },
    )
  })
})

/** Runs in the page: restarts ICE again and again, without the library, and tells how often until the connection was lost. */
async function restartOften(endpoint: string, most: number) {
  const { iceServers } = await (await fetch(endpoint)).json()
  const [caller, callee] = [1, 2].map(
    () => new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' }),
  ) as [RTCPeerConnection, RTCPeerConnection]
  const toCallee = Calls.negotiatePerfectly(callee, true, (message) => setTimeout(() => toCaller(message)))
  const toCaller = Calls.negotiatePerfectly(caller, false, (message) => setTimeout(() => toCallee(message)))
  caller.createDataChannel('x')
  await Calls.until(() => caller.connectionState === 'connected')
  let restarts = 0
  for (; restarts < most && caller.sctp?.transport.state === 'connected'; restarts++) {
    caller.restartIce()
    await new Promise((resolve) => setTimeout(resolve, 500))
  }
  caller.close()
  callee.close()
  return restarts
}

/** Appends a line to the report of this run. */
const report = (line: object) => appendFile(REPORT, `${JSON.stringify(line)}\n`)

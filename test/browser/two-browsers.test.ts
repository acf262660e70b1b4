/** A call between Chromium and Firefox through credential rotations. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type BrowserName, hasBrowser, launchBrowser } from '../support/browsers.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { installCalls } from '../support/page-calls.js'
import { startPageServer } from '../support/page-server.js'
import { startSignalingServer } from '../support/signaling-server.js'

const ROTATIONS = 10
const TTL_SECONDS = 8

/** Runs in each page: one peer of the call, until both have rotated this often. */
async function runPeer(signaling: string, own: string, other: string, rotations: number) {
  const isCaller = own === 'chromium'
  const provider = new TurnKeeper.IceServerProvider('/ice-servers')
  const errors: string[] = []
  provider.on('error', ({ code, message }) => errors.push(`${code} ${message}`))
  const pc = new RTCPeerConnection({
    iceServers: await provider.getIceServers(),
    iceTransportPolicy: 'relay',
  })
  const trace: string[] = []
  const log = (text: string) => trace.push(`${Date.now()} ${own}: ${text}`)
  provider.on('update', () => log('new credentials'))
  pc.addEventListener('negotiationneeded', () => log('negotiationneeded'))
  pc.addEventListener('signalingstatechange', () => log(pc.signalingState))
  pc.addEventListener('connectionstatechange', () => log(`connection ${pc.connectionState}`))
  provider.attach(pc)
  const states: string[] = []
  pc.addEventListener('iceconnectionstatechange', () => {
    states.push(pc.iceConnectionState)
    log(`ICE ${pc.iceConnectionState}`)
  })

  let sending = Promise.resolve()
  const receive = Calls.negotiatePerfectly(pc, !isCaller, (message) => {
    const post = () => fetch(`${signaling}/${other}`, { method: 'POST', body: JSON.stringify(message) })
    sending = sending.then(async () => void (await post()))
  })
  const source = new EventSource(`${signaling}/${own}`)
  source.onmessage = ({ data }) => receive(JSON.parse(data))

  // The caller numbers its messages, and the callee sends them back.
  const received: number[] = []
  let sent = 0
  let isOver = false
  if (isCaller) {
    const channel = pc.createDataChannel('numbers')
    channel.onmessage = ({ data }) => received.push(Number(data))
    channel.onopen = () => {
      const timer = setInterval(() => {
        if (!isOver) channel.send(String(sent++))
        else clearInterval(timer)
      }, 20)
    }
  } else {
    pc.ondatachannel = ({ channel }) => {
      channel.onmessage = ({ data }) => channel.send(data)
      channel.onclose = () => {
        isOver = true
      }
    }
  }
  await Calls.until(() => pc.iceConnectionState === 'connected')
  let rotated = 0
  provider.on('update', () => rotated++)
  await Calls.until(() => (isCaller ? rotated >= rotations : isOver), 120_000)
  isOver = true
  await Calls.until(() => received.length === sent, 3000)
  pc.close()
  provider.close()
  source.close()
  return {
    sent,
    received: received.length,
    isInOrder: received.every((n, i) => n === i),
    states,
    errors,
    rotated,
    trace: [...trace, ...Calls.negotiationErrors],
  }
}

const hasBrowsers = hasBrowser('chromium') && hasBrowser('firefox')

describe.skipIf(!hasBrowsers)('a relay-only call between Chromium and Firefox', () => {
  const stop: (() => unknown)[] = []
  let turn: Awaited<ReturnType<typeof startEmbeddedTurn>>
  let pages: Awaited<ReturnType<typeof startPageServer>>
  let signaling: Awaited<ReturnType<typeof startSignalingServer>>
  // New servers for each attempt: a retry must not receive the messages queued for the attempt before.
  beforeEach(async () => {
    turn = await startEmbeddedTurn({ atExpiry: 'drop' })
    pages = await startPageServer({ '/ice-servers': () => turn.issueCredentials(TTL_SECONDS) })
    signaling = await startSignalingServer()
    stop.push(turn.stop, pages.stop, signaling.stop)
  })
  afterEach(async () => {
    for (const stopOne of stop.splice(0).reverse()) await stopOne()
  })
  const openPage = async (name: BrowserName) => {
    const browser = await launchBrowser(name)
    stop.push(() => browser.close())
    const page = await browser.newPage()
    await page.goto(pages.url)
    await page.evaluate(installCalls)
    return page
  }

  it(`loses nothing over ${ROTATIONS} rotations on a TURN server that drops expired allocations`, async () => {
    // Both pages are open before either calls: a browser can take longer to start than the credentials are valid.
    const [inChromium, inFirefox] = [await openPage('chromium'), await openPage('firefox')]
    const [chromium, firefox] = await Promise.all([
      inChromium.evaluate(runPeer, signaling.url, 'chromium', 'firefox', ROTATIONS),
      inFirefox.evaluate(runPeer, signaling.url, 'firefox', 'chromium', ROTATIONS),
    ])
    const log = [...chromium.trace, ...firefox.trace].sort().join('\n')
    expect(chromium, log).toMatchObject({ received: chromium.sent, isInOrder: true })
    expect(chromium.sent).toBeGreaterThan(ROTATIONS)
    expect(chromium.rotated).toBeGreaterThanOrEqual(ROTATIONS)
    expect(firefox.rotated).toBeGreaterThanOrEqual(ROTATIONS - 2)
    expect([...chromium.errors, ...firefox.errors]).toEqual([])
    for (const lost of ['disconnected', 'failed']) {
      expect(chromium.states, log).not.toContain(lost)
      expect(firefox.states, log).not.toContain(lost)
    }
  })
})

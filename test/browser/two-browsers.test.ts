import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type BrowserName, launchBrowser } from '../support/browsers.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { installCalls } from '../support/page-calls.js'
import { startPageServer } from '../support/page-server.js'
import { startSignalingServer } from '../support/signaling-server.js'
import { findProgram } from '../support/system-packages.js'

const ROTATIONS = 10
const TTL_SECONDS = 8

/** Runs in one of the pages: its end of the call, until both have rotated often enough. */
async function call(signaling: string, own: string, other: string, rotations: number) {
  const isCaller = own === 'chromium'
  const provider = new TurnKeeper.IceServerProvider('/ice-servers')
  const errors: string[] = []
  provider.on('error', ({ code, message }) => errors.push(`${code} ${message}`))
  const pc = new RTCPeerConnection({
    iceServers: await provider.getIceServers(),
    iceTransportPolicy: 'relay',
  })
  provider.attach(pc)
  const states: string[] = []
  pc.addEventListener('iceconnectionstatechange', () => states.push(pc.iceConnectionState))

  let sending = Promise.resolve()
  const take = Calls.negotiatePerfectly(pc, !isCaller, (message) => {
    const post = () => fetch(`${signaling}/${other}`, { method: 'POST', body: JSON.stringify(message) })
    sending = sending.then(async () => void (await post()))
  })
  const source = new EventSource(`${signaling}/${own}`)
  source.onmessage = ({ data }) => take(JSON.parse(data))

  // The first end numbers its messages, the second sends them back.
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
  }
}

const names = ['chromium', 'firefox'] as const
const areHere = findProgram('chromium') && findProgram('firefox-esr')

describe.skipIf(!areHere)('a relay-only call between Chromium and Firefox', () => {
  let stop: (() => unknown)[] = []
  let turn: Awaited<ReturnType<typeof startEmbeddedTurn>>
  let pages: Awaited<ReturnType<typeof startPageServer>>
  let signaling: Awaited<ReturnType<typeof startSignalingServer>>
  beforeAll(async () => {
    turn = await startEmbeddedTurn({ atExpiry: 'drop' })
    pages = await startPageServer({ '/ice-servers': () => turn.mint(TTL_SECONDS) })
    signaling = await startSignalingServer()
    stop = [turn.stop, pages.stop, signaling.stop]
  })
  afterAll(() => Promise.all(stop.map((end) => end())))

  it(`loses nothing over ${ROTATIONS} rotations, with both ends attached, on a server that drops`, async () => {
    const run = async (own: BrowserName, other: BrowserName) => {
      const browser = await launchBrowser(own)
      stop.push(() => browser.close())
      const page = await browser.newPage()
      await page.goto(pages.url)
      await page.evaluate(installCalls)
      return page.evaluate(call, signaling.url, own, other, ROTATIONS)
    }
    const [chromium, firefox] = await Promise.all([run(...names), run('firefox', 'chromium')])
    expect(chromium).toMatchObject({ received: chromium.sent, isInOrder: true })
    expect(chromium.sent).toBeGreaterThan(ROTATIONS)
    expect(chromium.rotated).toBeGreaterThanOrEqual(ROTATIONS)
    expect(firefox.rotated).toBeGreaterThanOrEqual(ROTATIONS - 2)
    expect([...chromium.errors, ...firefox.errors]).toEqual([])
    for (const lost of ['disconnected', 'failed']) {
      expect(chromium.states).not.toContain(lost)
      expect(firefox.states).not.toContain(lost)
    }
  })
})

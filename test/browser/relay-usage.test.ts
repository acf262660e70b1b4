/** The relay meter beside the log of coturn, for a call that is attached through several ICE restarts. */
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { type Coturn, startCoturn } from '../support/coturn.js'
import { installCalls } from '../support/page-calls.js'
import { startPageServer } from '../support/page-server.js'
import { hasProgram } from '../support/system-packages.js'
import { until } from '../support/wait.js'

/** A refresh comes at half of it, and with it an ICE restart, in Firefox two. */
const TTL_SECONDS = 24
const RESTARTS = 3
const TIMEOUT_MS = 150_000
const TOLERANCE = 0.05

interface Bytes {
  readonly bytesSent: number
  readonly bytesReceived: number
}

describe.skipIf(!hasProgram('coturn'))('the relay meter', () => {
  let coturn: Coturn
  let pages: Awaited<ReturnType<typeof startPageServer>>
  beforeAll(async () => {
    coturn = await startCoturn()
    const issue = (user: string, ttl: number) => ({
      iceServers: [coturn.issueCredentials(ttl, user)],
      ttl,
    })
    pages = await startPageServer({
      '/caller': () => issue('caller', TTL_SECONDS),
      // Those of the remote peer outlive the call, so only the caller starts restarts.
      '/callee': () => issue('callee', 600),
    })
  })
  afterAll(async () => {
    pages?.stop()
    await coturn?.stop()
  })

  /** Returns what coturn has logged from now on for one user. */
  const startLog = () => {
    const start = coturn.loggedUsage().length
    return (user: string, side: 'client' | 'peer'): Bytes => {
      const lines = coturn.loggedUsage().slice(start)
      const own = lines.filter((line) => line.side === side && line.username.endsWith(`:${user}`))
      const sum = (name: 'receivedBytes' | 'sentBytes') => own.reduce((total, line) => total + line[name], 0)
      // What the client sends is received by the server, and sent to the peer.
      const [sent, received] =
        side === 'client'
          ? (['receivedBytes', 'sentBytes'] as const)
          : (['sentBytes', 'receivedBytes'] as const)
      return { bytesSent: sum(sent), bytesReceived: sum(received) }
    }
  }

  describeInBrowsers('an attached call', ({ name, open }) => {
    let page: Page
    beforeAll(async () => {
      page = await open(pages.url)
      await page.evaluate(installCalls)
    })

    it('has relayed what coturn has logged, within 5 %, through several ICE restarts', {
      timeout: TIMEOUT_MS,
    }, async () => {
      const logged = startLog()
      const result = await page.evaluate(meterCall, RESTARTS, TIMEOUT_MS - 30_000)
      await until(() => coturn.releasedUsernames().length === coturn.allocatedUsernames().length)
      expect(result.errors).toEqual([])
      expect(result.completed).toBeGreaterThanOrEqual(RESTARTS)
      for (const user of ['caller', 'callee'] as const) {
        const { usage, lastPair } = result[user]
        const relayed = logged(user, 'peer')
        const withHeaders = logged(user, 'client')
        expect(usage.map(({ urls }) => urls)).toEqual([[coturn.url]])
        const [metered] = usage as [(typeof usage)[number]]
        for (const direction of ['bytesSent', 'bytesReceived'] as const) {
          expect(Math.abs(metered[direction] / relayed[direction] - 1)).toBeLessThan(TOLERANCE)
          // The baseline: what is left at the end of the call has forgotten all pairs before the last restart.
          expect(lastPair[direction]).toBeLessThan(relayed[direction] / 2)
          expect(relayed[direction]).toBeGreaterThan(result.payloadBytes[user][direction])
          // On the side of the client coturn also counts headers. Those of Firefox take 36 bytes a packet or more.
          expect(metered[direction]).toBeLessThan(withHeaders[direction])
          if (name === 'firefox') continue
          expect(metered[direction]).toBeGreaterThan(withHeaders[direction] * (1 - TOLERANCE))
        }
        expect(metered.seconds / result.seconds).toBeCloseTo(1, 1)
      }
    })
  })
})

/** Runs in the page: both ends of a call, each with a provider and a meter of its own. */
async function meterCall(restarts: number, timeoutMs: number) {
  const errors: string[] = []
  let completed = 0
  const createPeer = async (user: string) => {
    const provider = new TurnKeeper.IceServerProvider(`/${user}`)
    const meter = new TurnKeeper.RelayMeter(provider)
    provider.on('error', ({ code, message }) => errors.push(`${code} ${message}`))
    provider.on('restart', ({ status }) => {
      if (status === 'completed') completed++
    })
    const pc = new RTCPeerConnection({
      iceServers: await provider.getIceServers(),
      iceTransportPolicy: 'relay',
    })
    provider.attach(pc)
    return { provider, meter, pc, bytes: { bytesSent: 0, bytesReceived: 0 } }
  }
  const peers = [await createPeer('caller'), await createPeer('callee')] as const
  const [caller, callee] = peers
  Calls.negotiateInPage(caller.pc, callee.pc)
  const isConnected = () => /^(connected|completed)$/.test(caller.pc.iceConnectionState)
  const payload = new Uint8Array(1000)
  const timers: ReturnType<typeof setInterval>[] = []
  const exchange = (channel: RTCDataChannel, { bytes }: typeof caller) => {
    channel.binaryType = 'arraybuffer'
    channel.addEventListener('message', ({ data }) => {
      bytes.bytesReceived += data.byteLength
    })
    const send = () => {
      if (channel.readyState !== 'open') return
      channel.send(payload)
      bytes.bytesSent += payload.length
    }
    timers.push(setInterval(send, 20))
  }
  exchange(caller.pc.createDataChannel('data', { ordered: false, maxRetransmits: 0 }), caller)
  callee.pc.addEventListener('datachannel', ({ channel }) => exchange(channel, callee))
  if (!(await Calls.until(isConnected))) throw new Error('the call did not connect within a minute')
  const connectedAt = performance.now()
  await Calls.until(() => completed >= restarts, timeoutMs)
  for (const timer of timers) clearInterval(timer)
  await new Promise((resolve) => setTimeout(resolve, 1000))

  const readLastPair = async (pc: RTCPeerConnection) => {
    const stats = await pc.getStats()
    const sum = { bytesSent: 0, bytesReceived: 0 }
    stats.forEach(({ type, selectedCandidatePairId }) => {
      const pair = type === 'transport' ? stats.get(selectedCandidatePairId) : undefined
      sum.bytesSent += pair?.bytesSent ?? 0
      sum.bytesReceived += pair?.bytesReceived ?? 0
    })
    return sum
  }
  const finish = async ({ pc, meter, provider }: typeof caller) => {
    const lastPair = await readLastPair(pc)
    const usage = await meter.read()
    provider.close()
    return { lastPair, usage }
  }
  const result = {
    caller: await finish(caller),
    callee: await finish(callee),
    seconds: (performance.now() - connectedAt) / 1000,
  }
  for (const { pc } of peers) pc.close()
  return { ...result, errors, completed, payloadBytes: { caller: caller.bytes, callee: callee.bytes } }
}

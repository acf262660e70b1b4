/** Attached calls through failures of the TURN server and of the backend. */
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type BrowserTest, describeInBrowsers } from '../support/browsers.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { installCalls } from '../support/page-calls.js'
import { startPageServer } from '../support/page-server.js'
import { until, wait } from '../support/wait.js'

const TTL_SECONDS = 4

let isBackendDown = false

let rejecting: Awaited<ReturnType<typeof startEmbeddedTurn>>
let dropping: Awaited<ReturnType<typeof startEmbeddedTurn>>
let pages: Awaited<ReturnType<typeof startPageServer>>

beforeAll(async () => {
  rejecting = await startEmbeddedTurn()
  dropping = await startEmbeddedTurn({ atExpiry: 'drop' })
  pages = await startPageServer({
    '/revoked': () => rejecting.issueCredentials(3600),
    '/down': () => {
      if (isBackendDown) throw new Error('down')
      return dropping.issueCredentials(TTL_SECONDS)
    },
  })
})
afterAll(() => {
  pages?.stop()
  rejecting?.stop()
  dropping?.stop()
})

/** Runs in the page: a relay-only call whose events are recorded. */
async function startCall(endpoint: string) {
  const events: string[] = []
  // Without jitter: a long backoff could exceed the time after which a browser gives up on the remote peer.
  const provider = new TurnKeeper.IceServerProvider(endpoint, { random: () => 0 })
  provider.on('statechange', (state) => events.push(state))
  provider.on('error', ({ code, status }) => events.push(status ? `${code} ${status}` : code))
  provider.on('expired', () => events.push('expired!'))
  provider.on('update', () => events.push('update'))
  const iceServers = await provider.getIceServers()
  const [caller, callee] = [1, 2].map(
    () => new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' }),
  ) as [RTCPeerConnection, RTCPeerConnection]
  provider.attach(caller)
  provider.attach(callee)
  Calls.negotiateInPage(caller, callee)
  const { traffic } = Calls.sendTraffic(caller.createDataChannel('x'), callee)
  caller.addEventListener('iceconnectionstatechange', () => events.push(`ICE ${caller.iceConnectionState}`))
  const isConnected = () => traffic.received > 10
  if (!(await Calls.until(isConnected))) throw new Error('the call did not connect within a minute')
  Object.assign(globalThis, { call: { provider, caller, callee, traffic, events } })
}

declare const call: {
  provider: InstanceType<typeof TurnKeeper.IceServerProvider>
  caller: RTCPeerConnection
  callee: RTCPeerConnection
  traffic: { received: number }
  events: string[]
}

/** Runs in the page: resolves with whether messages still arrive. */
async function isAlive(): Promise<boolean> {
  const { received } = call.traffic
  return Calls.until(() => call.traffic.received > received + 20, 30_000)
}

async function openCall({ open }: BrowserTest, endpoint: string): Promise<Page> {
  const page = await open(pages.url)
  await page.evaluate(installCalls)
  await page.evaluate(startCall, endpoint)
  return page
}

describeInBrowsers('an attached call', (browser) => {
  it('recovers from revoked credentials, with one request, when the next ICE restart is rejected', async () => {
    const page = await openCall(browser, '/revoked')
    const before = pages.requestsTo('/revoked')
    rejecting.revokeAll()
    await page.evaluate(() => {
      call.events.length = 0
      call.caller.restartIce()
    })
    await page.evaluate(() => Calls.until(() => call.events.includes('update'), 20_000))
    expect(await page.evaluate(isAlive)).toBe(true)
    await until(() => rejecting.allocatedUsernames().length > 0)
    const { events, username } = await page.evaluate(async () => {
      await new Promise((resolve) => setTimeout(resolve, 3000)) // for the restart with the new credentials, and any unexpected event
      return { events: call.events, username: call.provider.current?.iceServers[0]?.username ?? '' }
    })
    expect(events.filter((event) => !event.startsWith('ICE'))).toEqual([
      'ERR_CREDENTIALS_REJECTED',
      'stale',
      'update',
      'fresh',
    ])
    expect(pages.requestsTo('/revoked') - before).toBe(1)
    expect(rejecting.allocatedUsernames()).toContain(username)
    await page.close()
  })

  it('recovers after the backend was down for two lifetimes of the credentials', async () => {
    isBackendDown = false
    const page = await openCall(browser, '/down')
    await page.evaluate(() => {
      call.events.length = 0
    })
    isBackendDown = true
    await page.evaluate(() =>
      Calls.until(() => call.events.includes('ICE disconnected') || call.events.includes('ICE failed')),
    )
    const before = pages.requestsTo('/down')
    await wait(TTL_SECONDS * 1000)
    expect(pages.requestsTo('/down') - before).toBeLessThanOrEqual(TTL_SECONDS + 1) // at most one each second
    isBackendDown = false
    await page.evaluate(() => Calls.until(() => call.events.includes('update')))
    expect(await page.evaluate(isAlive)).toBe(true)
    const events = await page.evaluate(() => call.events)
    const upToUpdate = events.slice(0, events.indexOf('update') + 2)
    expect(
      upToUpdate.filter((event) => /^(stale|expired|expired!|failing|update|fresh)$/.test(event)),
    ).toEqual(['stale', 'expired!', 'failing', 'update', 'fresh'])
    await page.close()
  })
})

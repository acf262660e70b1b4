/** Servers that arrive after the expiry of the previous ones, as after an outage of the backend, in Firefox. */
import { describe, expect, it } from 'vitest'
import { urlKeysOf } from '../../src/config/server-keys.js'
import type { AttachOptions, RTCIceServer } from '../../src/index.js'
import { ConfigurationAccess } from '../../src/peer/connection-configuration.js'
import { ServerWriter } from '../../src/peer/server-writer.js'
import { DEADLINE, NEW, OLD, pinSelectedPair, RENEWED, SETTLED_MS } from '../support/attached-provider.js'
import { networkError } from '../support/create-provider.js'
import {
  connectApp,
  type FakeDescription,
  FakeFirefoxConnection,
  useBrowserConnections,
} from '../support/fake-browser-connection.js'
import { attachInFirefox, keepsIce, restartsIce } from '../support/firefox-call.js'
import { advance, MINUTE, SECOND } from '../support/time.js'

useBrowserConnections()

const AGAIN: RTCIceServer[] = [{ urls: ['turn:old'], username: 'again', credential: 'c' }]

type Attached = Awaited<ReturnType<typeof attachInFirefox>>

/** Lets the servers expire, and the next ones arrive a minute later. */
async function renewLate({ provider, endpoint }: Attached, iceServers = RENEWED): Promise<void> {
  endpoint.mockRejectedValue(networkError)
  await advance(2 * MINUTE)
  provider.setResponse({ iceServers, ttl: 3600 })
  await advance(MINUTE)
}

async function attachAndRenewLate(
  respond: (offers: number) => FakeDescription,
  options?: AttachOptions<FakeFirefoxConnection>,
  iceServers?: RTCIceServer[],
): Promise<Attached> {
  const attached = await attachInFirefox(respond, options)
  await renewLate(attached, iceServers)
  return attached
}

/** Loses the connection for a second. */
async function interrupt(pc: FakeFirefoxConnection): Promise<void> {
  pc.changeIceState('disconnected')
  await advance(SECOND)
  pc.changeIceState('connected')
  await advance(SETTLED_MS)
}

describe('servers that arrive after the expiry in Firefox', () => {
  it('do not restart a connection that works, because the remote peer may be unable to', async () => {
    const { provider, pc, serversAtOffers, reports } = await attachAndRenewLate(keepsIce)
    provider.setResponse({ iceServers: AGAIN, ttl: 3600 })
    await advance(MINUTE)
    expect(pc.iceServers).toEqual(OLD)
    expect(serversAtOffers).toEqual([])
    expect(reports).toEqual([])
  })

  it('restart a connection as soon as it is lost', async () => {
    const { pc, serversAtOffers, reports } = await attachAndRenewLate(restartsIce)
    await interrupt(pc)
    expect(serversAtOffers).toEqual([RENEWED])
    expect(reports).toEqual(['lost requested', 'lost completed'])
  })

  it('restart a connection whose remote peer is known to restart ICE', async () => {
    const attached = await attachInFirefox(restartsIce)
    await attached.rotate(NEW, DEADLINE)
    await advance(2 * SETTLED_MS)
    await renewLate(attached)
    expect(attached.serversAtOffers).toEqual([OLD, NEW, RENEWED])
  })

  it.each<[string, AttachOptions<FakeFirefoxConnection>, RTCIceServer[]]>([
    ['whose TURN server is known to drop allocations', { afterExpiry: 'drop' }, RENEWED],
    ['whose TURN server is about to stop', {}, NEW],
    ["with the policy 'always'", { restartIce: 'always' }, RENEWED],
  ])('restart a connection %s at once', async (_, options, iceServers) => {
    const { serversAtOffers } = await attachAndRenewLate(restartsIce, options, iceServers)
    expect(serversAtOffers[0]).toEqual(iceServers)
  })

  it('restart a connection that works when its TURN server is about to stop', async () => {
    const { provider, serversAtOffers } = await attachAndRenewLate(restartsIce)
    provider.setResponse({ iceServers: NEW, ttl: 3600 })
    await advance(MINUTE)
    expect(serversAtOffers).toEqual([NEW])
  })

  it('restart a connection whose credentials are rejected', async () => {
    const attached = await attachInFirefox(restartsIce)
    attached.pc.dispatchEvent(
      Object.assign(new Event('icecandidateerror'), { url: 'turn:old', errorCode: 401 }),
    )
    await renewLate(attached)
    expect(attached.serversAtOffers).toEqual([RENEWED])
  })

  it('do not show that the TURN server drops allocations if the connection is lost', async () => {
    const attached = await attachAndRenewLate(restartsIce)
    const kept = new FakeFirefoxConnection({ iceServers: RENEWED })
    connectApp(kept, restartsIce)
    attached.attach(kept, { afterExpiry: 'keep' })
    await interrupt(attached.pc)
    attached.provider.setResponse({ iceServers: AGAIN, ttl: 3600 })
    await advance(MINUTE)
    expect(kept.offers).toEqual([])
  })

  it('restart a connection that works as soon as another one shows that the TURN server drops allocations', async () => {
    const attached = await attachInFirefox(restartsIce)
    const other = new FakeFirefoxConnection()
    attached.attach(other, { afterExpiry: 'keep' })
    await renewLate(attached)
    expect(attached.serversAtOffers).toEqual([])
    await interrupt(other)
    expect(attached.serversAtOffers).toEqual([RENEWED])
  })

  it('take part in the second of two restarts, if the first one takes until after the expiry', async () => {
    const attached = await attachInFirefox(restartsIce)
    pinSelectedPair(attached.pc, 'u1')
    await advance(MINUTE - 12 * SECOND)
    await attached.rotate(RENEWED)
    await advance(13 * SECOND)
    expect(attached.serversAtOffers).toEqual([OLD])
    pinSelectedPair(attached.pc, 'u2')
    await advance(2 * SETTLED_MS)
    expect(attached.serversAtOffers).toEqual([OLD, RENEWED])
  })
})

describe('ServerWriter.hasOutlivedCredentials', () => {
  it.each([
    [undefined, undefined, undefined],
    [undefined, 5000, 5000],
    [1000, undefined, 1000],
    [1000, 5000, 1000],
  ])('is true from the earliest known deadline of %s and %s', async (first, second, expected) => {
    const pc = new FakeFirefoxConnection()
    const writer = new ServerWriter(pc, new ConfigurationAccess(pc), () => {})
    for (const deadline of [first, second]) {
      writer.write({ iceServers: RENEWED, issuedKeys: urlKeysOf(OLD), deadline, isEvacuation: false }, true)
    }
    expect(writer.hasOutlivedCredentials((expected ?? Number.MAX_VALUE) - 1)).toBe(false)
    expect(writer.hasOutlivedCredentials(expected ?? 0)).toBe(expected !== undefined)
    await pc.negotiateFromRemote('r2')
    writer.handleSignaling()
    expect(writer.takeDue()?.deadline).toBe(expected)
    expect(writer.hasOutlivedCredentials(Number.MAX_VALUE)).toBe(false)
  })
})

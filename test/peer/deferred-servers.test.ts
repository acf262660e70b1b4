import { describe, expect, it } from 'vitest'
import type { RestartPolicy } from '../../src/index.js'
import {
  createAttachedProvider,
  NEW,
  NEWER,
  OLD,
  pinSelectedPair,
  RENEWED,
  SETTLED_MS,
} from '../support/attached-provider.js'
import { createProvider } from '../support/create-provider.js'
import {
  connectApp,
  FakeFirefoxConnection,
  offerOf,
  overriddenMethodsOf,
  useBrowserConnections,
} from '../support/fake-browser-connection.js'
import { attachInFirefox, keepsIce, restartsIce } from '../support/firefox-call.js'
import { advance, MINUTE, SECOND } from '../support/time.js'

useBrowserConnections()

describe('attach() in Firefox', () => {
  it('restarts ICE with the previous servers first, and with the new ones in a restart of its own', async () => {
    const { pc, rotate, reports, serversAtOffers, onError } = await attachInFirefox(restartsIce)
    await rotate()
    await advance(SECOND)
    expect(serversAtOffers).toEqual([OLD])
    expect(reports).toEqual(['rotation requested', 'rotation completed'])
    await advance(2 * SETTLED_MS)
    expect(serversAtOffers).toEqual([OLD, NEW])
    expect(reports.slice(2)).toEqual(['rotation requested', 'rotation completed'])
    expect(onError).not.toHaveBeenCalled()
    expect(overriddenMethodsOf(pc)).toEqual([])
  })

  it('restarts with the new servers after the restart with the previous ones has completed', async () => {
    const { pc, rotate, reports, serversAtOffers } = await attachInFirefox(restartsIce)
    pinSelectedPair(pc, 'u1')
    await rotate()
    await advance(2 * SETTLED_MS)
    expect(serversAtOffers).toEqual([OLD])
    expect(reports).toEqual(['rotation requested'])
    pinSelectedPair(pc, 'u2')
    await advance(2 * SETTLED_MS)
    expect(serversAtOffers).toEqual([OLD, NEW])
    expect(reports.slice(0, 3)).toEqual(['rotation requested', 'rotation completed', 'rotation requested'])
  })

  it('restarts once at a later rotation, because the remote peer is known to restart ICE', async () => {
    const { rotate, serversAtOffers } = await attachInFirefox(restartsIce)
    await rotate()
    await advance(3 * SETTLED_MS)
    await rotate(NEWER)
    await advance(3 * SETTLED_MS)
    expect(serversAtOffers).toEqual([OLD, NEW, NEWER])
  })

  it('keeps the previous servers if the remote peer does not restart ICE', async () => {
    const { pc, rotate, reports, serversAtOffers } = await attachInFirefox(keepsIce)
    await rotate()
    await advance(20 * SECOND)
    await rotate(NEWER)
    await advance(20 * SECOND)
    expect(pc.iceServers).toEqual(OLD)
    expect(serversAtOffers).toEqual([OLD])
    expect(reports).toEqual(['rotation requested', 'rotation failed'])
  })

  it('writes the deferred servers before the restart of a lost connection', async () => {
    const { pc, rotate, serversAtOffers } = await attachInFirefox(keepsIce)
    await rotate()
    await advance(SETTLED_MS)
    expect(pc.iceServers).toEqual(OLD)
    pc.changeIceState('disconnected')
    await advance(SETTLED_MS)
    expect(serversAtOffers).toEqual([OLD, NEW])
  })

  it('writes the deferred servers before the answer to a restart of the remote peer, and restarts no more', async () => {
    const { pc, rotate, serversAtOffers } = await attachInFirefox(restartsIce, { restartIce: 'lost' })
    await rotate()
    expect(pc.iceServers).toEqual(OLD)
    await pc.negotiateFromRemote('r2')
    expect(pc.iceServers).toEqual(NEW)
    await advance(MINUTE)
    expect(serversAtOffers).toEqual([])
  })

  it('restarts a connection that has credentials of the app first with these', async () => {
    const { provider } = await createAttachedProvider()
    const pc = new FakeFirefoxConnection({ iceServers: RENEWED })
    const serversAtOffers: unknown[] = []
    connectApp(pc, (offers) => {
      serversAtOffers.push(pc.iceServers)
      return restartsIce(offers)
    })
    provider.attach(pc)
    await advance(3 * SETTLED_MS)
    expect(serversAtOffers).toEqual([RENEWED, OLD])
  })

  it.each(['has servers', 'is waiting for its first servers'])(
    'leaves a connection with credentials of the app alone if the remote peer does not restart ICE, and the provider %s',
    async (state) => {
      const { provider } = createProvider(() => ({ iceServers: OLD, ttl: 3600 }))
      if (state === 'has servers') await provider.getConfiguration()
      const pc = new FakeFirefoxConnection({ iceServers: RENEWED })
      connectApp(pc, keepsIce)
      provider.attach(pc)
      await advance(MINUTE)
      expect([pc.iceServers, pc.offers.length, pc.signalingState]).toEqual([RENEWED, 1, 'stable'])
    },
  )

  it('writes the servers of a connection that has yet to answer its first offer', async () => {
    const { provider } = await createAttachedProvider()
    const pc = new FakeFirefoxConnection({ iceServers: [] })
    Object.assign(pc, {
      localDescription: null,
      currentLocalDescription: null,
      currentRemoteDescription: null,
    })
    await pc.setRemoteDescription(offerOf('r1'))
    provider.attach(pc)
    expect(pc.iceServers).toEqual(OLD)
  })

  it('defers new servers also while no restart is requested, because one has just failed', async () => {
    const { pc, rotate } = await attachInFirefox(keepsIce)
    await rotate()
    await advance(SECOND)
    await rotate(NEWER)
    await advance(MINUTE)
    expect([pc.iceServers, pc.offers.length]).toEqual([OLD, 1])
  })

  it('writes the deferred servers at a restart of the app', async () => {
    const { pc, rotate, serversAtOffers } = await attachInFirefox(restartsIce, { restartIce: 'lost' })
    await rotate()
    pc.restartIce()
    await advance(SETTLED_MS)
    expect(serversAtOffers).toEqual([NEW])
  })

  it('discards the deferred servers when the connection is detached', async () => {
    const { pc, rotate, detach } = await attachInFirefox(restartsIce)
    await rotate()
    detach()
    expect(overriddenMethodsOf(pc)).toEqual([])
    pc.restartIce()
    await advance(SETTLED_MS)
    expect(pc.iceServers).toEqual(OLD)
  })

  it.each<['never' | 'a function', RestartPolicy<FakeFirefoxConnection>]>([
    ['never', 'never'],
    ['a function', () => {}],
  ])('writes the servers at once with the policy %s', async (_, restartIce) => {
    const { pc, rotate } = await attachInFirefox(restartsIce, { restartIce })
    await rotate()
    expect(pc.iceServers).toEqual(NEW)
  })

  it.each([
    ['defers', 10_100, 'drop', OLD],
    ['does not defer', 9900, 'drop', RENEWED],
    ['defers', 9900, 'keep', OLD],
  ] as const)(
    '%s the servers %i ms before the expiry at a TURN server with afterExpiry %s',
    async (_, remainingMs, afterExpiry, expected) => {
      const { attach, rotate } = await createAttachedProvider({ refreshMarginMs: 0 })
      const pc = new FakeFirefoxConnection()
      attach(pc, { afterExpiry })
      await advance(MINUTE - remainingMs)
      await rotate(RENEWED)
      expect(pc.iceServers).toEqual(expected)
    },
  )
})

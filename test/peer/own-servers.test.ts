import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RTCIceServer } from '../../src/index.js'
import {
  createAttachedProvider,
  createConnection,
  NEW,
  NEWER,
  OFFER_MS,
  OLD,
  SETTLED_MS,
  serversOf,
} from '../support/attached-provider.js'
import { createProvider } from '../support/create-provider.js'
import { advance, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

const OWN: RTCIceServer[] = [{ urls: 'turn:own.org', username: 'own', credential: 'own' }]

describe('attach() and servers of the app', () => {
  it('keeps them, and their place, when it writes new servers', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = createConnection({ iceServers: [...OWN, ...OLD, { urls: 'stun:own.org' }] })
    attach(pc)
    expect(pc.setConfiguration).not.toHaveBeenCalled()
    await rotate()
    expect(pc.iceServers).toEqual([...OWN, ...NEW, { urls: ['stun:own.org'] }].map(withUrlList))
    await rotate(NEWER)
    expect(pc.iceServers).toEqual([...OWN, ...NEWER, { urls: ['stun:own.org'] }].map(withUrlList))
  })

  it('adds the servers of the provider to a connection that has only its own', async () => {
    const { attach } = await createAttachedProvider()
    const pc = createConnection({ iceServers: OWN })
    attach(pc)
    expect(pc.iceServers).toEqual([...OWN.map(withUrlList), ...OLD])
  })

  it('replaces servers that the provider issued several rotations ago', async () => {
    const { attach, rotate } = await createAttachedProvider()
    await rotate()
    await rotate(NEWER)
    const pc = createConnection({ iceServers: OLD })
    attach(pc)
    expect(pc.iceServers).toEqual(NEWER)
  })

  it('takes servers for its own that one of its last 20 configurations contained', async () => {
    const { attach, rotate } = await createAttachedProvider()
    for (let i = 1; i < 19; i++) await rotate(serversOf(`turn${i}`))
    await rotate()
    const [remembered, forgotten] = [createConnection(), createConnection()]
    attach(remembered)
    expect(remembered.iceServers).toEqual(NEW)
    await rotate(NEWER)
    attach(forgotten)
    expect(forgotten.iceServers).toEqual([...OLD, ...NEWER])
  })

  it('does not report that a TURN server of the app rejected its credentials', async () => {
    const { attach, onError } = await createAttachedProvider()
    const pc = createConnection({ iceServers: [...OLD, ...OWN] })
    attach(pc)
    pc.rejectCredentials('turn:own.org')
    expect(onError).not.toHaveBeenCalled()
    pc.rejectCredentials('turn:old')
    expect(onError).toHaveBeenCalledOnce()
  })

  it('keeps the servers of two providers on one connection current', async () => {
    const first = await createAttachedProvider()
    const second = createProvider(
      (count) => ({
        iceServers: [{ urls: ['turn:second'], username: `s${count}`, credential: 'c' }],
        ttl: 3600,
      }),
      { minRefreshIntervalMs: 1 },
    )
    const pc = createConnection({ iceServers: [...OLD, ...(await second.provider.getIceServers())] })
    first.attach(pc)
    second.provider.attach(pc)
    await first.rotate()
    await second.provider.refresh()
    expect(pc.iceServers).toEqual([...NEW, ...(second.provider.current?.iceServers ?? [])])
  })
})

describe('attach() and the spelling of URLs', () => {
  const spelled = (urls: string): RTCIceServer[] => [{ urls: [urls], username: 'u', credential: 'c' }]

  it.each([
    ['a scheme in capitals', 'TURN:[2001:db8::1]', 'turn:[2001:db8::1]'],
    ['an IPv6 address in full', 'turn:[0:0:0:0:0:0:0:1]', 'turn:[::1]'],
    ['default port and transport', 'turn:T.org', 'turn:t.org:3478?transport=udp'],
  ])('takes %s for the same server', async (_, backend, browser) => {
    const { attach, rotate, onError, endpoint } = await createAttachedProvider()
    await rotate(spelled(backend))
    const pc = createConnection({ iceServers: spelled(browser) })
    attach(pc)
    await rotate(spelled(browser))
    await advance(SETTLED_MS)
    expect(pc.setConfiguration).not.toHaveBeenCalled()
    expect(pc.restartIce).not.toHaveBeenCalled()
    const requests = endpoint.mock.calls.length
    pc.rejectCredentials(browser)
    await advance(OFFER_MS)
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ code: 'ERR_CREDENTIALS_REJECTED', url: browser })
    expect(endpoint).toHaveBeenCalledTimes(requests + 1)
  })

  it('passes a list to setConfiguration() that a WebRTC stack may change', async () => {
    const { attach, rotate, provider } = await createAttachedProvider()
    const pc = createConnection()
    attach(pc)
    await rotate()
    const [written] = pc.setConfiguration.mock.calls.at(-1) ?? []
    for (const server of written?.iceServers ?? []) server.urls = 'turn:changed'
    expect(provider.current?.iceServers).toEqual(NEW)
  })
})

function withUrlList(server: RTCIceServer): RTCIceServer {
  return { ...server, urls: [server.urls].flat() }
}

/** A TURN server that allocates no more relay addresses for the user of the credentials (RFC 8656 §19, error 486). */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  attachConnection as attachTo,
  createAttachedProvider,
  createConnection,
  NEWER,
} from '../support/attached-provider.js'
import { createProvider } from '../support/create-provider.js'
import { advance, MINUTE, SECOND, useFakeClock, useRealClock } from '../support/time.js'

const TURN_URL = 'turn:t.org:3478?transport=udp'
const QUOTA_REACHED = 486

beforeEach(useFakeClock)
afterEach(useRealClock)

async function attachConnection() {
  const { provider, endpoint } = createProvider()
  const errors: { code: string; url: string | undefined; stunCode: number | undefined }[] = []
  provider.on('error', ({ code, url, stunCode }) => errors.push({ code, url, stunCode }))
  const pc = createConnection({ iceServers: await provider.getIceServers() })
  provider.attach(pc)
  return { provider, endpoint, pc, errors }
}

describe('attach() and a quota', () => {
  it('reports a quota that is reached once for each set of servers', async () => {
    const { provider, pc, errors } = await attachConnection()
    const expected = { code: 'ERR_QUOTA', url: TURN_URL, stunCode: QUOTA_REACHED }
    pc.rejectCredentials(TURN_URL, QUOTA_REACHED)
    pc.rejectCredentials(TURN_URL, QUOTA_REACHED)
    expect(errors).toEqual([expected])
    await advance(50 * MINUTE)
    pc.rejectCredentials(TURN_URL, QUOTA_REACHED)
    expect(errors).toEqual([expected, expected])
    provider.close()
  })

  it('does not refresh, because other credentials of the same user would not help', async () => {
    const { provider, endpoint, pc } = await attachConnection()
    pc.rejectCredentials(TURN_URL, QUOTA_REACHED)
    await advance(MINUTE)
    expect(endpoint).toHaveBeenCalledOnce()
    provider.close()
  })

  it('restarts ICE with the URL that reached the quota first, and no other TURN URL', async () => {
    const { provider, rotate } = await createAttachedProvider()
    const pc = attachTo(provider)
    const [udp, tcp] = ['turn:new:3478?transport=udp', 'turn:new:3478?transport=tcp']
    await rotate([{ urls: ['stun:new', tcp, udp], username: 'u', credential: 'c' }])
    pc.rejectCredentials(udp, QUOTA_REACHED)
    await advance(SECOND)
    expect(pc.restartIce).toHaveBeenCalledOnce()
    expect(pc.iceServers?.flatMap((server) => server.urls)).toEqual(['stun:new', udp])
    await rotate(NEWER)
    expect(pc.iceServers).toEqual(NEWER)
    provider.close()
  })

  it('reports no quota of the servers of the application', async () => {
    const { provider, pc, errors } = await attachConnection()
    pc.rejectCredentials('turn:own.example.org:3478?transport=udp', QUOTA_REACHED)
    expect(errors).toEqual([])
    provider.close()
  })
})

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AttachOptions, RTCIceServer } from '../../src/index.js'
import {
  createAttachedProvider,
  createConnection,
  NEWER,
  OFFER_MS,
  OLD,
  SETTLED_MS,
} from '../support/attached-provider.js'
import { advance, HOUR, NOW, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

const codes = (onError: { mock: { calls: { code: string }[][] } }) =>
  onError.mock.calls.map(([error]) => error?.code)

/** A connection that has restarted with new servers. */
async function createRestarted(options: AttachOptions = {}, candidateType = 'relay') {
  const created = await createAttachedProvider()
  const pc = createConnection({ iceServers: OLD }, candidateType)
  created.attach(pc, options)
  await created.rotate()
  await advance(OFFER_MS)
  pc.negotiate()
  pc.restartIce.mockClear()
  return { ...created, pc }
}

describe('attach() and rejected credentials', () => {
  it.each([400, 401, 403, 437, 438, 441])(
    'reports rejected credentials with the URL and the STUN error code %i',
    async (stunCode) => {
      const { pc, onError, endpoint } = await createRestarted()
      const url = 'turn:NEW:3478?transport=udp'
      pc.rejectCredentials(url, stunCode)
      expect(onError).toHaveBeenCalledOnce()
      expect(onError.mock.calls[0]?.[0]).toMatchObject({
        code: 'ERR_CREDENTIALS_REJECTED',
        message: `${url} rejected the credentials (${stunCode}): check the TURN secret and the backend's clock`,
        url,
        stunCode,
      })
      await advance(1)
      expect(endpoint).toHaveBeenCalledTimes(3)
    },
  )

  it.each([
    [701, 'turn:new'],
    [487, 'turn:new'],
    [401, 'turn:other'],
    [401, 'turn:new?transport=tcp'],
    [401, 'turn:old'],
    [401, ''],
    [401, null as unknown as string],
  ])('does not take the error %i of %j for rejected credentials', async (code, url) => {
    const { pc, onError } = await createRestarted()
    pc.rejectCredentials(url, code)
    expect(onError).not.toHaveBeenCalled()
  })

  it('ignores a late error of servers that have been replaced', async () => {
    const { attach, rotate, onError } = await createAttachedProvider()
    const pc = createConnection()
    attach(pc)
    const sameUrl = [{ ...(OLD[0] as RTCIceServer), username: 'new', credential: 'c' }]
    await rotate(sameUrl)
    pc.rejectCredentials('turn:old') // gathered with OLD, and the error is late
    expect(onError).not.toHaveBeenCalled()
    await advance(OFFER_MS)
    pc.negotiate()
    pc.rejectCredentials('turn:old')
    expect(codes(onError)).toEqual(['ERR_CREDENTIALS_REJECTED'])
  })

  it('reports rejected credentials once for each set of servers, however many connections notice it', async () => {
    const { attach, rotate, onError, provider } = await createAttachedProvider()
    const all = Array.from({ length: 5 }, () => createConnection())
    for (const pc of all) attach(pc)
    await rotate()
    await advance(OFFER_MS)
    for (const pc of all) {
      pc.negotiate()
      pc.rejectCredentials('turn:new')
      pc.rejectCredentials('turn:new')
    }
    expect(codes(onError)).toEqual(['ERR_CREDENTIALS_REJECTED'])
    await rotate(NEWER)
    await advance(OFFER_MS)
    for (const pc of all) {
      pc.negotiate()
      pc.rejectCredentials('turn:newer')
    }
    expect(codes(onError)).toEqual(['ERR_CREDENTIALS_REJECTED', 'ERR_CREDENTIALS_REJECTED'])
    expect(provider.current?.iceServers).toEqual(NEWER)
  })

  it('does not report rejected credentials again when a response only extends their expiry', async () => {
    const { attach, rotate, onError, provider } = await createAttachedProvider()
    const pc = createConnection()
    attach(pc)
    pc.rejectCredentials('turn:old')
    await advance(1) // the refresh that follows returns the same configuration
    await rotate(OLD, NOW + HOUR)
    expect(provider.current).toMatchObject({ iceServers: OLD, expiresAt: NOW + HOUR })
    pc.rejectCredentials('turn:old')
    expect(codes(onError)).toEqual(['ERR_CREDENTIALS_REJECTED'])
  })

  it('ignores an error while the configuration of the connection contains an invalid URL', async () => {
    const { attach, onError } = await createAttachedProvider()
    const pc = createConnection({})
    attach(pc)
    pc.setConfiguration({ iceServers: [{ urls: 'stun:s.org?x=1' }, {} as RTCIceServer] })
    pc.rejectCredentials('turn:new')
    expect(onError).not.toHaveBeenCalled()
  })

  it('restarts with the next servers a connection that could not connect with rejected credentials', async () => {
    const { pc, rotate } = await createRestarted()
    pc.getStats = async () => new Map([['T', { id: 'T', selectedCandidatePairId: '' }]])
    pc.changeIceState('checking')
    pc.rejectCredentials('turn:new')
    await rotate(NEWER)
    await advance(SETTLED_MS)
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it('does not restart a direct connection whose credentials were rejected', async () => {
    const { pc, rotate } = await createRestarted({}, 'host')
    pc.rejectCredentials('turn:new')
    await rotate(NEWER)
    await advance(SETTLED_MS)
    expect(pc.iceServers).toEqual(NEWER)
    expect(pc.restartIce).not.toHaveBeenCalled()
  })
})

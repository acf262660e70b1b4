import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AttachOptions } from '../../src/index.js'
import { connected, create, NEWER, OLD, SETTLED_MS, settle } from '../support/attached.js'
import { useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

describe('a refusal', () => {
  const refused = async (options: AttachOptions = {}) => {
    const created = create()
    const pc = connected()
    created.attach(pc, options)
    created.apply()
    await settle()
    pc.gather()
    pc.restartIce.mockClear()
    return { ...created, pc }
  }

  it.each([400, 401, 403, 437, 438, 441])('is an answer %i from a URL of the current set', async (code) => {
    const { pc, onCredentialsRejected } = await refused()
    pc.refuse('turn:NEW:3478?transport=udp', code)
    expect(onCredentialsRejected).toHaveBeenCalledOnce()
    expect(onCredentialsRejected.mock.calls[0]?.[0]).toBe('turn:NEW:3478?transport=udp')
  })

  it.each([
    [701, 'turn:new'],
    [487, 'turn:new'],
    [401, 'turn:other'],
    [401, 'turn:new?transport=tcp'],
    [401, 'turn:old'],
    [401, ''],
    [401, null as unknown as string],
  ])('is not %i from %j', async (code, url) => {
    const { pc, onCredentialsRejected } = await refused()
    pc.refuse(url, code)
    expect(onCredentialsRejected).not.toHaveBeenCalled()
  })

  it('is not one that the servers before have met', async () => {
    const { attach, apply, onCredentialsRejected } = create()
    const pc = connected()
    attach(pc)
    const sameUrl = [{ ...(OLD[0] as { urls: string[] }), username: 'new', credential: 'c' }]
    apply(sameUrl)
    pc.refuse('turn:old') // gathered with OLD, and its answer comes late
    expect(onCredentialsRejected).not.toHaveBeenCalled()
    await settle()
    pc.gather()
    pc.refuse('turn:old')
    expect(onCredentialsRejected).toHaveBeenCalledOnce()
  })

  it('is told once for one set, whatever number of connections meet it', async () => {
    const { attach, apply, onCredentialsRejected } = create()
    const all = Array.from({ length: 5 }, () => connected())
    for (const pc of all) attach(pc)
    apply()
    await settle()
    for (const pc of all) {
      pc.gather()
      pc.refuse('turn:new')
      pc.refuse('turn:new')
    }
    expect(onCredentialsRejected).toHaveBeenCalledOnce()
    apply(NEWER)
    await settle()
    for (const pc of all) {
      pc.gather()
      pc.refuse('turn:newer')
    }
    expect(onCredentialsRejected).toHaveBeenCalledTimes(2)
  })

  it('makes a connection restart with the next servers that could not connect with these', async () => {
    const { pc, apply } = await refused()
    pc.getStats = async () => new Map([['T', { id: 'T', type: 'transport', selectedCandidatePairId: '' }]])
    pc.become('checking')
    pc.refuse('turn:new')
    apply(NEWER)
    await settle(SETTLED_MS)
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it('leaves a direct connection alone', async () => {
    const { attach, apply } = create()
    const pc = connected('host')
    attach(pc)
    apply()
    await settle()
    pc.gather()
    pc.refuse('turn:new')
    apply(NEWER)
    await settle(SETTLED_MS)
    expect(pc.iceServers).toBe(NEWER)
    expect(pc.restartIce).not.toHaveBeenCalled()
  })
})

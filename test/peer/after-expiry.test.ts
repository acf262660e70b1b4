import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AttachOptions, IceServerProviderOptions } from '../../src/index.js'
import { createConnection, NEW, OFFER_MS, OLD, RENEWED } from '../support/attached-provider.js'
import { createProvider } from '../support/create-provider.js'
import { advance, HOUR, MINUTE, NOW, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

/** A relayed connection attached to a provider whose response says what the TURN server does at expiry. */
async function createAttached(
  afterExpiry: unknown,
  {
    provider: providerOptions = {},
    attach = {},
  }: { provider?: IceServerProviderOptions; attach?: AttachOptions } = {},
) {
  let response: object = { iceServers: OLD, expiresAt: NOW + MINUTE, afterExpiry }
  const { provider } = createProvider(() => response, { minRefreshIntervalMs: 1, ...providerOptions })
  await provider.getConfiguration()
  const pc = createConnection()
  provider.attach(pc, attach)
  const rotate = async (iceServers = RENEWED) => {
    response = { iceServers, expiresAt: Date.now() + HOUR, afterExpiry }
    const refreshing = provider.refresh()
    await advance(5) // the minimum interval
    await refreshing
    await advance(OFFER_MS)
  }
  return { provider, pc, rotate }
}

describe('attach() and what the TURN server does at expiry', () => {
  it.each([
    ['keep', {}, 0],
    ['drop', {}, 1],
    [undefined, {}, 1],
    ['something', {}, 1],
    ['drop', { provider: { afterExpiry: 'keep' } }, 0],
    ['keep', { provider: { afterExpiry: 'drop' } }, 1],
    ['drop', { attach: { afterExpiry: 'keep' } }, 0],
    ['keep', { attach: { afterExpiry: 'drop' } }, 1],
  ] as const)(
    'with %j in the response and %j restarts %i times at a rotation',
    async (inResponse, options, times) => {
      const { pc, rotate } = await createAttached(inResponse, options)
      await rotate()
      expect(pc.iceServers).toEqual(RENEWED)
      expect(pc.restartIce).toHaveBeenCalledTimes(times)
    },
  )

  it('restarts a connection that is lost at the expiry although the server should keep it, and all later ones', async () => {
    const { provider, pc, rotate } = await createAttached('keep')
    const other = createConnection()
    provider.attach(other)
    await rotate()
    await advance(MINUTE)
    expect([pc, other].map((each) => each.restartIce.mock.calls.length)).toEqual([0, 0])
    pc.changeIceState('disconnected')
    await advance(SECOND)
    expect([pc, other].map((each) => each.restartIce.mock.calls.length)).toEqual([1, 1])
  })

  it('restarts only the connection that is lost before the expiry', async () => {
    const { provider, pc, rotate } = await createAttached('keep')
    const other = createConnection()
    provider.attach(other)
    await rotate()
    pc.changeIceState('disconnected')
    await advance(SECOND)
    expect([pc, other].map((each) => each.restartIce.mock.calls.length)).toEqual([1, 0])
  })

  it('restarts on a server that keeps allocations if the credentials were rejected', async () => {
    const { pc, rotate } = await createAttached('keep')
    pc.rejectCredentials('turn:old')
    await rotate()
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it('restarts on a server that keeps allocations once that server is missing from the response', async () => {
    const { pc, rotate } = await createAttached('keep')
    await rotate(NEW)
    expect(pc.iceServers).toEqual(NEW)
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it('still restarts when a rotation follows before the connection could move', async () => {
    const { pc, rotate } = await createAttached('keep')
    pc.changeIceState('checking')
    await rotate(NEW)
    await rotate([{ urls: 'turn:new', username: 'renewed', credential: 'c' }])
    expect(pc.restartIce).not.toHaveBeenCalled()
    pc.changeIceState('connected')
    await advance(10 * SECOND)
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it('restarts no more for the rotations after the connection has moved', async () => {
    const { pc, rotate } = await createAttached('keep')
    await rotate(NEW)
    pc.negotiate()
    await advance(10 * SECOND)
    await rotate([{ urls: 'turn:new', username: 'renewed', credential: 'c' }])
    await advance(10 * SECOND)
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it('restarts on servers that keep allocations once one of them is missing from the response', async () => {
    const { pc, rotate } = await createAttached('keep')
    await rotate([...RENEWED, ...NEW])
    await rotate(RENEWED)
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it('does not restart a connection on a server that keeps allocations when it is attached with older credentials', async () => {
    const { provider, rotate } = await createAttached('keep')
    await rotate()
    const pc = createConnection({ iceServers: OLD })
    provider.attach(pc)
    await advance(OFFER_MS)
    expect(pc.iceServers).toEqual(RENEWED)
    expect(pc.restartIce).not.toHaveBeenCalled()
  })

  it('does not restart on a server that keeps allocations if another server is added', async () => {
    const { pc, rotate } = await createAttached('keep')
    await rotate([...RENEWED, ...NEW])
    expect(pc.iceServers).toEqual([...RENEWED, ...NEW])
    expect(pc.restartIce).not.toHaveBeenCalled()
  })

  it('keeps afterExpiry in the configuration, and emits an update when it changes', async () => {
    let afterExpiry: string | undefined = 'keep'
    const { provider } = createProvider(() => ({ iceServers: OLD, expiresAt: NOW + HOUR, afterExpiry }), {
      minRefreshIntervalMs: 1,
    })
    expect(await provider.getConfiguration()).toMatchObject({ afterExpiry: 'keep' })
    afterExpiry = undefined
    await advance(1)
    expect((await provider.refresh()).afterExpiry).toBeUndefined()
    expect(provider.current?.afterExpiry).toBeUndefined()
  })
})

describe("attach() with the policy 'lost'", () => {
  it('keeps the configuration current, and restarts only a connection that is lost', async () => {
    const { pc, rotate } = await createAttached('drop', { attach: { restartIce: 'lost' } })
    await rotate()
    expect(pc.iceServers).toEqual(RENEWED)
    expect(pc.restartIce).not.toHaveBeenCalled()
    pc.changeIceState('disconnected')
    await advance(SECOND)
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })
})

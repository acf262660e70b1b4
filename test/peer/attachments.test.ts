import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type AttachableConnection, type AttachOptions, IceServerError } from '../../src/index.js'
import { connected, create, NEW, OLD, settle } from '../support/attached.js'
import { fakeConnection } from '../support/fake-connection.js'
import { SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

describe('the configuration', () => {
  it('gets new servers and is left as it is otherwise', () => {
    const { attach, apply } = create()
    const certificates = [{} as RTCCertificate]
    const rest = { iceTransportPolicy: 'relay', bundlePolicy: 'max-bundle', certificates } as const
    const pc = fakeConnection({ ...rest, iceServers: OLD })
    attach(pc)
    apply()
    expect(pc.setConfiguration).toHaveBeenCalledExactlyOnceWith({ ...rest, iceServers: NEW })
  })

  it('is written, and ICE restarted, only for a real change', async () => {
    const { attachments, apply } = create()
    const pc = fakeConnection({ iceServers: [{ urls: 'turn:new', username: 'u', credential: 'c' }] })
    attachments.add(pc, {}, NEW)
    apply()
    await settle()
    expect(pc.setConfiguration).not.toHaveBeenCalled()
    expect(pc.restartIce).not.toHaveBeenCalled()
  })

  it('is written when the connection comes', () => {
    const { attachments } = create()
    const pc = fakeConnection()
    attachments.add(pc, {}, NEW)
    expect(pc.iceServers).toBe(NEW)
  })

  it('of one connection may be refused by it, which the others do not feel', () => {
    const { attach, apply, onError } = create()
    const cause = new Error('InvalidModificationError')
    const [first, failing, last] = [connected(), connected(), connected()]
    failing.setConfiguration.mockImplementation(() => {
      throw cause
    })
    for (const pc of [first, failing, last]) attach(pc)
    apply()
    expect([first, last].map((pc) => pc.iceServers)).toEqual([NEW, NEW])
    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.any(IceServerError))
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ code: 'ERR_ICE_SERVER', cause })
  })
})

describe('attachments', () => {
  it('skip and forget a closed connection', () => {
    const { attach, apply, attachments, onError } = create()
    const pc = connected()
    attach(pc)
    expect(attachments.size).toBe(1)
    pc.signalingState = 'closed'
    apply()
    expect(attachments.size).toBe(0)
    attachments.add(pc, {}, NEW)
    expect(pc.setConfiguration).not.toHaveBeenCalled()
    expect(onError).not.toHaveBeenCalled()
  })

  it('count the same connection as often as it was attached', () => {
    const { attach, attachments } = create()
    const pc = connected()
    const detach = attach(pc)
    attach(pc)
    detach()
    detach()
    expect(attachments.size).toBe(1)
    attachments.clear()
    expect(attachments.size).toBe(0)
  })

  it('listen to nothing, and restart nothing, after they are taken out', async () => {
    const { attach, apply, onChange, onCredentialsRejected } = create()
    const pc = connected()
    const detach = attach(pc)
    apply()
    detach()
    pc.become('failed')
    pc.refuse('turn:new')
    await settle(SECOND)
    expect(pc.restartIce).not.toHaveBeenCalled()
    expect(onChange).not.toHaveBeenCalled()
    expect(onCredentialsRejected).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('do not restart what is taken out while its statistics are read', async () => {
    const { attach, apply } = create()
    const restartIce = vi.fn()
    const pc = connected()
    let tell = () => {}
    const told = new Promise<void>((resolve) => {
      tell = resolve
    })
    const { getStats } = pc
    pc.getStats = () => told.then(getStats)
    const detach = attach(pc, { restartIce })
    apply()
    await settle()
    detach()
    tell()
    await settle(SECOND)
    expect(restartIce).not.toHaveBeenCalled()
  })

  it('remember a connection that is attached anew before it has restarted', async () => {
    const { attachments, attach, apply } = create()
    const pc = connected()
    const detach = attach(pc)
    apply()
    detach()
    attachments.add(pc, {}, NEW)
    await settle(SECOND)
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it('of the same connection ask for one restart, whoever may restart it', async () => {
    const { attach, apply } = create()
    const pc = connected()
    const restartIce = vi.fn()
    attach(pc, { restartIce: 'never' })
    attach(pc, { restartIce })
    attach(pc, { restartIce })
    apply()
    await settle(2 * SECOND)
    expect(restartIce).toHaveBeenCalledOnce()
  })

  it('are not misled by a URL of the connection’s own that is none', () => {
    const { attach, onCredentialsRejected } = create()
    const pc = fakeConnection({ iceServers: [{ urls: 'stun:s.org?x=1' }, {} as RTCIceServer] })
    attach(pc)
    pc.refuse('turn:new')
    expect(onCredentialsRejected).not.toHaveBeenCalled()
  })

  it('take a stand-in that only has a configuration', async () => {
    const { attach, apply, onError } = create()
    const { signalingState, getConfiguration, setConfiguration } = connected()
    attach({ signalingState, getConfiguration, setConfiguration })
    apply()
    await settle()
    expect(setConfiguration).toHaveBeenCalledOnce()
    expect(onError).not.toHaveBeenCalled()
  })

  it.each([undefined, null, 5, {}])('refuse %j', (value) => {
    expect(() => create().attach(value as unknown as AttachableConnection)).toThrow(
      new TypeError('IceServerProvider: connection must be an RTCPeerConnection'),
    )
  })

  it.each(['sometimes', 5, null, {}])('refuse the policy %j', (restartIce) => {
    expect(() => create().attach(connected(), { restartIce } as unknown as AttachOptions)).toThrow(
      /^IceServerProvider: restartIce must be /,
    )
  })
})

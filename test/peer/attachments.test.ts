import { describe, expect, it, vi } from 'vitest'
import { IceServerError } from '../../src/errors.js'
import { type AttachableConnection, Attachments } from '../../src/peer/attachments.js'

const OLD = [{ urls: ['turn:old'], username: 'u', credential: 'c' }]
const NEW = [{ urls: ['turn:new'], username: 'u', credential: 'c' }]

function connection(configuration: RTCConfiguration = { iceServers: OLD }) {
  let current = configuration
  return {
    signalingState: 'stable' as RTCSignalingState,
    getConfiguration: () => ({ ...current }),
    setConfiguration: vi.fn((next?: RTCConfiguration) => {
      current = next ?? {}
    }),
  } satisfies AttachableConnection
}

const create = () => {
  const onError = vi.fn()
  return { onError, attachments: new Attachments(onError) }
}

describe('Attachments', () => {
  it('merge servers into the configuration and leave the rest', () => {
    const { attachments } = create()
    const certificates = [{} as RTCCertificate]
    const rest = { iceTransportPolicy: 'relay', bundlePolicy: 'max-bundle', certificates } as const
    const pc = connection({ ...rest, certificates, iceServers: OLD })
    attachments.add(pc, undefined)
    attachments.apply(NEW)
    expect(pc.setConfiguration).toHaveBeenCalledExactlyOnceWith({ ...rest, iceServers: NEW })
  })

  it('write only a real change', () => {
    const { attachments } = create()
    const pc = connection({ iceServers: [{ urls: 'turn:new', username: 'u', credential: 'c' }] })
    attachments.add(pc, NEW)
    attachments.apply(NEW)
    expect(pc.setConfiguration).not.toHaveBeenCalled()
  })

  it('give a connection what is there when it comes', () => {
    const { attachments } = create()
    const pc = connection({})
    attachments.add(pc, NEW)
    expect(pc.getConfiguration().iceServers).toBe(NEW)
  })

  it('go on when one connection fails, and tell', () => {
    const { attachments, onError } = create()
    const cause = new Error('InvalidModificationError')
    const [first, failing, last] = [connection(), connection(), connection()]
    failing.setConfiguration.mockImplementation(() => {
      throw cause
    })
    for (const pc of [first, failing, last]) attachments.add(pc, undefined)
    attachments.apply(NEW)
    expect([first, last].map((pc) => pc.getConfiguration().iceServers)).toEqual([NEW, NEW])
    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.any(IceServerError))
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ code: 'ERR_ICE_SERVER', cause })
  })

  it('skip and forget a closed connection', () => {
    const { attachments, onError } = create()
    const pc = connection()
    attachments.add(pc, undefined)
    expect(attachments.size).toBe(1)
    pc.signalingState = 'closed'
    attachments.apply(NEW)
    expect(attachments.size).toBe(0)
    attachments.add(pc, NEW)
    expect(pc.setConfiguration).not.toHaveBeenCalled()
    expect(onError).not.toHaveBeenCalled()
  })

  it('count the same connection as often as it was attached', () => {
    const { attachments } = create()
    const pc = connection()
    const detach = attachments.add(pc, undefined)
    attachments.add(pc, undefined)
    detach()
    detach()
    expect(attachments.size).toBe(1)
    attachments.clear()
    expect(attachments.size).toBe(0)
  })

  it.each([undefined, null, 5, {}])('refuse %j', (value) => {
    expect(() => create().attachments.add(value as unknown as AttachableConnection, undefined)).toThrow(
      new TypeError('IceServerProvider: connection must be an RTCPeerConnection'),
    )
  })
})

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type AttachableConnection, type AttachOptions, IceServerError } from '../../src/index.js'
import { Attachments } from '../../src/peer/attachments.js'
import { fakeConnection } from '../support/fake-connection.js'

const serversOf = (name: string) => [{ urls: [`turn:${name}`], username: 'u', credential: 'c' }]
const OLD = serversOf('old')
const NEW = serversOf('new')
const NEWER = serversOf('newer')

const SECOND = 1000
const NOW = Date.UTC(2026, 10, 24)
const END = NOW + 60 * SECOND

const create = () => {
  const hooks = { onError: vi.fn(), onChange: vi.fn(), onRefusal: vi.fn() }
  const attachments = new Attachments(hooks)
  return {
    ...hooks,
    attachments,
    attach: (pc: AttachableConnection, options: AttachOptions = {}) =>
      attachments.add(pc, options, undefined),
    apply: (iceServers = NEW, end = END) => attachments.apply(iceServers, end, Date.now()),
  }
}

const connected = (candidateType = 'relay') => fakeConnection({ iceServers: OLD }, candidateType)
/** By default until no description can be under way that was made before the new servers. */
const settle = (ms = 500) => vi.advanceTimersByTimeAsync(ms)
/** Until a negotiation has come into effect. */
const SETTLED_MS = 3 * SECOND

beforeEach(() => void vi.useFakeTimers({ now: NOW }))
afterEach(() => void vi.useRealTimers())

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
    const { attach, apply, onChange, onRefusal } = create()
    const pc = connected()
    const detach = attach(pc)
    apply()
    detach()
    pc.become('failed')
    pc.refuse('turn:new')
    await settle(SECOND)
    expect(pc.restartIce).not.toHaveBeenCalled()
    expect(onChange).not.toHaveBeenCalled()
    expect(onRefusal).not.toHaveBeenCalled()
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
    const { attach, onRefusal } = create()
    const pc = fakeConnection({ iceServers: [{ urls: 'stun:s.org?x=1' }, {} as RTCIceServer] })
    attach(pc)
    pc.refuse('turn:new')
    expect(onRefusal).not.toHaveBeenCalled()
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

describe('ICE', () => {
  it.each([
    ['relayed', 'relay', 1],
    ['relayed', 'host', 0],
    ['relayed', 'srflx', 0],
    ['always', 'host', 1],
    ['never', 'relay', 0],
  ] as const)(
    'with %s and a %s pair restarts %i times after new servers',
    async (restartIce, type, times) => {
      const { attach, apply } = create()
      const pc = connected(type)
      attach(pc, { restartIce })
      apply()
      await settle()
      expect(pc.iceServers).toBe(NEW)
      expect(pc.restartIce).toHaveBeenCalledTimes(times)
    },
  )

  it('restarts if one of several transports is relayed, or if that cannot be told', async () => {
    const { attach, apply } = create()
    const [several, silent, failing] = [connected(), connected(), connected()]
    const direct = [
      { id: 'T0', type: 'transport' },
      { id: 'T1', type: 'transport', selectedCandidatePairId: 'P1' },
      { id: 'P1', type: 'candidate-pair', localCandidateId: 'L1' },
      { id: 'L1', type: 'local-candidate', candidateType: 'host' },
    ]
    const { getStats } = several
    several.getStats = async () => new Map([...direct.map((s) => [s.id, s] as const), ...(await getStats())])
    silent.getStats = async () => new Map()
    failing.getStats = async () => {
      throw new Error('InvalidStateError')
    }
    for (const pc of [several, silent, failing]) attach(pc)
    apply()
    await settle(2 * SECOND)
    for (const pc of [several, silent, failing]) expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it('is not restarted before it has moved after the last time, but does not wait for ever', async () => {
    const { attach, apply } = create()
    const pc = connected()
    const { getStats } = pc
    let usernameFragment = 'u1'
    pc.getStats = async () => {
      const stats = await getStats()
      return stats.set('L', Object.assign(stats.get('L') ?? { id: 'L' }, { usernameFragment }))
    }
    attach(pc)
    pc.gather() // to u2
    apply()
    await settle(5 * SECOND)
    expect(pc.restartIce).not.toHaveBeenCalled()
    usernameFragment = 'u2'
    await settle(SECOND)
    expect(pc.restartIce).toHaveBeenCalledOnce()
    pc.gather() // to u3, where it never gets
    apply(NEWER)
    await settle(9 * SECOND)
    expect(pc.restartIce).toHaveBeenCalledOnce()
    await settle(2 * SECOND)
    expect(pc.restartIce).toHaveBeenCalledTimes(2)
  })

  it.each(['refused', 'failed'])(
    'does not wait long for the last restart if that was %s',
    async (outcome) => {
      const { attach, apply } = create()
      const pc = connected()
      pc.getStats = async () =>
        new Map<string, { id: string }>(
          [
            { id: 'T', selectedCandidatePairId: 'P' },
            { id: 'P', localCandidateId: 'L' },
            { id: 'L', candidateType: 'relay', usernameFragment: 'u1' },
          ].map((entry) => [entry.id, entry]),
        )
      attach(pc)
      apply()
      await settle()
      pc.restartIce.mockClear()
      pc.gather() // to u2, where it does not get
      if (outcome === 'refused') pc.refuse('turn:new')
      else pc.become('failed')
      apply(NEWER)
      await settle(SETTLED_MS)
      expect(pc.restartIce).toHaveBeenCalledOnce()
    },
  )

  it('is asked once to restart, until the app has negotiated and there are newer servers', async () => {
    const { attach, apply } = create()
    const pc = connected()
    attach(pc)
    apply()
    await settle()
    pc.become('completed')
    pc.become('connected')
    await settle()
    expect(pc.restartIce).toHaveBeenCalledOnce()
    pc.gather()
    pc.become('connected')
    await settle()
    expect(pc.restartIce).toHaveBeenCalledOnce()
    apply(NEWER)
    await settle(SETTLED_MS)
    expect(pc.restartIce).toHaveBeenCalledTimes(2)
  })

  it('is not restarted while a negotiation comes into effect, for Firefox loses a connection by that', async () => {
    const { attach, apply } = create()
    const pc = connected()
    attach(pc)
    await settle(SECOND)
    pc.gather() // the other end restarted
    await settle(1)
    apply()
    pc.become('completed')
    await settle(1500)
    pc.become('connected')
    await settle(400)
    expect(pc.restartIce).not.toHaveBeenCalled()
    await settle(SECOND)
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it('does not restart what has restarted by itself in the meantime', async () => {
    const { attach, apply } = create()
    const [first, second] = [connected(), connected()]
    attach(first)
    attach(second)
    apply()
    await settle(700)
    second.gather()
    await settle(SETTLED_MS)
    expect(first.restartIce).toHaveBeenCalledOnce()
    expect(second.restartIce).not.toHaveBeenCalled()
  })

  it('restarts again where a description was under way when the new servers came', async () => {
    const { attach, apply } = create()
    const [pc, fresh] = [connected(), connected()]
    fresh.localDescription = null
    attach(pc)
    attach(fresh)
    apply()
    await settle(100)
    pc.gather() // made with the old ones
    fresh.gather()
    await settle(SETTLED_MS)
    expect(pc.restartIce).toHaveBeenCalledOnce()
    expect(fresh.restartIce).toHaveBeenCalledOnce()
  })

  it('restarts after a rollback, for then the old candidates are back', async () => {
    const { attach, apply } = create()
    const pc = connected()
    const { localDescription } = pc
    attach(pc)
    pc.gather()
    apply()
    pc.localDescription = localDescription
    pc.become('connected')
    await settle()
    expect(pc.restartIce).not.toHaveBeenCalled() // those were never outdated: they were not there then
    await settle(SETTLED_MS)
    apply(NEWER)
    await settle(400)
    pc.localDescription = { sdp: 'a=ice-ufrag:u3' }
    pc.become('completed')
    await settle(SETTLED_MS)
    expect(pc.restartIce).not.toHaveBeenCalled()
    pc.localDescription = localDescription
    pc.become('connected')
    await settle(SETTLED_MS)
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it('does not restart before the first offer', async () => {
    const { attach, apply } = create()
    const pc = connected()
    pc.localDescription = null
    pc.iceConnectionState = 'new'
    attach(pc, { restartIce: 'always' })
    apply()
    await settle()
    expect(pc.restartIce).not.toHaveBeenCalled()
  })

  it('restarts as soon as a connection turns out to be relayed that was still checking', async () => {
    const { attach, apply } = create()
    const pc = connected()
    const { getStats } = pc
    pc.getStats = async () => new Map([['T', { id: 'T', type: 'transport', selectedCandidatePairId: '' }]])
    pc.iceConnectionState = 'checking'
    attach(pc)
    apply()
    await settle()
    expect(pc.restartIce).not.toHaveBeenCalled()
    pc.getStats = getStats
    pc.become('connected')
    await settle()
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it.each(['disconnected', 'failed'] as const)('restarts a direct connection that is %s', async (state) => {
    const { attach, apply, onChange } = create()
    const pc = connected('host')
    attach(pc)
    apply()
    await settle()
    pc.become(state)
    await settle()
    expect(pc.restartIce).toHaveBeenCalledOnce()
    expect(onChange).toHaveBeenCalledOnce()
  })

  it('restarts what had failed before the new servers came', async () => {
    const { attach, apply } = create()
    const pc = connected()
    attach(pc)
    pc.become('failed')
    await settle()
    expect(pc.restartIce).not.toHaveBeenCalled()
    apply()
    await settle()
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it.each([
    ['relayed', 0],
    ['never', 0],
    ['always', 1],
  ] as const)(
    'with %s and current servers restarts a failed connection %i times',
    async (restartIce, times) => {
      const { attach } = create()
      const pc = connected()
      attach(pc, { restartIce })
      pc.become('disconnected')
      await settle()
      expect(pc.restartIce).not.toHaveBeenCalled()
      pc.become('failed')
      await settle()
      expect(pc.restartIce).toHaveBeenCalledTimes(times)
    },
  )

  it('is left to a function, with the end of the credentials in use', async () => {
    const { attach, apply } = create()
    const restartIce = vi.fn()
    const pc = connected()
    attach(pc, { restartIce })
    apply(NEW, END)
    await settle()
    expect(restartIce).toHaveBeenCalledExactlyOnceWith(pc, { deadline: END })
    expect(pc.restartIce).not.toHaveBeenCalled()
    apply(NEWER, END + 60 * SECOND)
    await settle()
    expect(restartIce).toHaveBeenLastCalledWith(pc, { deadline: END }) // still on the first ones
  })

  it.each([
    () => {
      throw new Error('no signalling')
    },
    async () => {
      throw new Error('no signalling')
    },
  ])('tells of a function that throws', async (restartIce) => {
    const { attach, apply, onError } = create()
    attach(connected(), { restartIce })
    apply()
    await settle()
    expect(onError.mock.calls[0]?.[0]).toMatchObject({
      code: 'ERR_ICE_SERVER',
      cause: { message: 'no signalling' },
    })
  })

  it('of many connections restarts one after the other, within half of the time that is left', async () => {
    const { attach, apply } = create()
    const all = Array.from({ length: 10 }, () => connected())
    const restarted = () => all.filter((pc) => pc.restartIce.mock.calls.length > 0).length
    for (const pc of all) attach(pc)
    apply(NEW, NOW + 4 * SECOND)
    const counts = []
    for (let i = 0; i < 10; i++) {
      await settle(i === 0 ? 500 : 200)
      counts.push(restarted())
    }
    expect(counts).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    for (const pc of all) {
      pc.gather()
      pc.restartIce.mockClear()
    }
    await settle(SETTLED_MS)
    apply(NEWER, Date.now() + 4 * SECOND)
    await settle(500)
    expect(restarted()).toBe(1)
  })

  it('waits for whole milliseconds, and does not turn in a circle within one', async () => {
    const { attach, apply } = create()
    const all = Array.from({ length: 2 }, () => connected())
    for (const pc of all) attach(pc)
    await settle(SETTLED_MS)
    const timers = vi.spyOn(globalThis, 'setTimeout')
    apply(NEW, Date.now() + 801) // a gap of 200.25 ms
    await settle(SECOND)
    for (const pc of all) expect(pc.restartIce).toHaveBeenCalledOnce()
    expect(timers.mock.calls.filter(([, ms]) => !Number.isInteger(ms))).toEqual([])
    vi.restoreAllMocks()
  })

  it('of many connections restarts none at the same time even when all lose their way at once', async () => {
    const { attach, apply } = create()
    const all = Array.from({ length: 10 }, () => connected())
    for (const pc of all) attach(pc)
    apply()
    await settle(600)
    for (const pc of all) pc.become('disconnected')
    await settle(100)
    expect(all.filter((pc) => pc.restartIce.mock.calls.length > 0)).toHaveLength(1)
    await settle(10 * SECOND)
    expect(all.filter((pc) => pc.restartIce.mock.calls.length > 0)).toHaveLength(10)
  })

  it('of many connections restarts none at the same time even when it is late', async () => {
    const { attach, apply } = create()
    const all = Array.from({ length: 3 }, () => connected())
    for (const pc of all) attach(pc)
    apply(NEW, NOW - SECOND)
    await settle()
    expect(all.map((pc) => pc.restartIce.mock.calls.length)).toEqual([1, 0, 0])
    await settle(100)
    expect(all.map((pc) => pc.restartIce.mock.calls.length)).toEqual([1, 1, 1])
  })
})

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
    const { pc, onRefusal } = await refused()
    pc.refuse('turn:NEW:3478?transport=udp', code)
    expect(onRefusal).toHaveBeenCalledOnce()
    expect(onRefusal.mock.calls[0]?.[0]).toBe('turn:NEW:3478?transport=udp')
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
    const { pc, onRefusal } = await refused()
    pc.refuse(url, code)
    expect(onRefusal).not.toHaveBeenCalled()
  })

  it('is not one that the servers before have met', async () => {
    const { attach, apply, onRefusal } = create()
    const pc = connected()
    attach(pc)
    const sameUrl = [{ ...(OLD[0] as { urls: string[] }), username: 'new', credential: 'c' }]
    apply(sameUrl)
    pc.refuse('turn:old') // gathered with OLD, and its answer comes late
    expect(onRefusal).not.toHaveBeenCalled()
    await settle()
    pc.gather()
    pc.refuse('turn:old')
    expect(onRefusal).toHaveBeenCalledOnce()
  })

  it('is told once for one set, whatever number of connections meet it', async () => {
    const { attach, apply, onRefusal } = create()
    const all = Array.from({ length: 5 }, () => connected())
    for (const pc of all) attach(pc)
    apply()
    await settle()
    for (const pc of all) {
      pc.gather()
      pc.refuse('turn:new')
      pc.refuse('turn:new')
    }
    expect(onRefusal).toHaveBeenCalledOnce()
    apply(NEWER)
    await settle()
    for (const pc of all) {
      pc.gather()
      pc.refuse('turn:newer')
    }
    expect(onRefusal).toHaveBeenCalledTimes(2)
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

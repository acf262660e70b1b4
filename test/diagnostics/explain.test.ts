import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { recordRestart } from '../../src/connection-history.js'
import { type AttachableConnection, explain, type IceServerProvider } from '../../src/index.js'
import { createProvider } from '../support/create-provider.js'
import { createFakeConnection } from '../support/fake-connection.js'

const TURN: RTCIceServer = { urls: ['turn:t.org'], username: 'secret-user', credential: 'secret-credential' }
const RELAY_ONLY: RTCConfiguration = {
  iceServers: [TURN, { urls: 'stun:s.org' }],
  iceTransportPolicy: 'relay',
}
const UNREACHABLE = 701

/** Events of a page have a `timeStamp` in ms since the time origin, like `performance.now()`. */
let now: number
beforeEach(() => {
  now = 1000
  vi.spyOn(performance, 'now').mockImplementation(() => now)
})
afterEach(() => vi.restoreAllMocks())

/** A connection that gathers, with an event target that takes the time of `now`. */
function createGathering(configuration = RELAY_ONLY) {
  const listeners = new Map<string, Set<(event: unknown) => void>>()
  const of = (type: string) => listeners.get(type) ?? new Set()
  const connection = Object.assign(createFakeConnection(configuration), {
    signalingState: 'stable' as RTCSignalingState,
    iceConnectionState: 'new' as RTCIceConnectionState,
    connectionState: 'new',
    iceGatheringState: 'new',
    localDescription: { sdp: 'a=ice-ufrag:u1\r\n' },
    remoteDescription: { sdp: 'a=ice-ufrag:r1\r\na=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n' },
    getStats: async () => new Map<string, { id: string }>(),
    addEventListener: (type: string, listener: (event: unknown) => void) =>
      void listeners.set(type, of(type).add(listener)),
    removeEventListener: (type: string, listener: (event: unknown) => void) => void of(type).delete(listener),
  })
  const fire = (type: string, members = {}) => {
    for (const listener of of(type)) listener({ timeStamp: now, ...members })
  }
  return {
    connection,
    gather(state: string) {
      connection.iceGatheringState = state
      fire('icegatheringstatechange')
    },
    fail: (errorCode: number, url = 'turn:t.org', errorText = 'secret-text') =>
      fire('icecandidateerror', { errorCode, url, errorText }),
    connect() {
      Object.assign(connection, { iceConnectionState: 'connected', connectionState: 'connected' })
      fire('iceconnectionstatechange')
    },
  }
}

let provider: IceServerProvider
beforeEach(() => {
  provider = createProvider(() => ({ iceServers: [TURN], ttl: 3600 })).provider
})
afterEach(() => provider.close())

describe('explain()', () => {
  it('explains an attached connection from its states, configuration, descriptions and events', async () => {
    const { connection, gather, fail } = createGathering()
    provider.attach(connection)
    gather('gathering')
    now += 70
    fail(401)
    now += 30
    gather('complete')
    now += 1000
    expect(await explain(connection)).toEqual({
      verdict: 'credentials-rejected',
      message: expect.stringContaining('turn:t.org rejected the credentials (401)'),
      facts: {
        signalingState: 'stable',
        iceGatheringState: 'complete',
        iceConnectionState: 'new',
        connectionState: 'new',
        iceTransportPolicy: 'relay',
        turnUrls: ['turn:t.org'],
        localCandidateTypes: [],
        remoteCandidateTypes: ['host'],
        wasConnected: false,
        gatheringMs: 100,
        candidateErrors: [{ url: 'turn:t.org', code: 401, text: undefined, afterMs: 70 }],
        restartFailure: undefined,
      },
      missing: ['stats'],
    })
  })

  it('contains no username, no credential, and no text of a server', async () => {
    const { connection, fail } = createGathering()
    provider.attach(connection)
    fail(401)
    const text = JSON.stringify([await explain(connection), provider.snapshot()])
    expect(text).toContain('credentials-rejected')
    expect(text).not.toContain('secret-')
  })

  it('keeps the text of the browser about a server that did not respond, once for each URL and code', async () => {
    const { connection, fail } = createGathering()
    provider.attach(connection)
    fail(UNREACHABLE, 'turn:t.org', 'TURN host lookup received error.')
    fail(UNREACHABLE, 'turn:t.org', 'TURN host lookup received error.')
    fail(UNREACHABLE, 'turn:other.org', '')
    const { verdict, facts } = await explain(connection)
    expect(verdict).toBe('host-not-found')
    expect(facts.candidateErrors.map(({ url, text }) => [url, text])).toEqual([
      ['turn:t.org', 'TURN host lookup received error.'],
      ['turn:other.org', ''],
    ])
  })

  it('forgets the errors of previous candidates when it gathers again', async () => {
    const { connection, gather, fail } = createGathering()
    provider.attach(connection)
    gather('gathering')
    fail(401)
    gather('complete')
    gather('gathering')
    expect((await explain(connection)).facts.candidateErrors).toEqual([])
    now += 6000
    expect(await explain(connection)).toMatchObject({ verdict: 'udp-blocked', facts: { gatheringMs: 6000 } })
  })

  it('remembers that ICE was connected', async () => {
    const { connection, connect } = createGathering()
    provider.attach(connection)
    connect()
    expect((await explain(connection)).verdict).toBe('connected')
    connection.iceConnectionState = 'failed'
    connection.localDescription = { sdp: 'a=candidate:1 1 udp 1 192.0.2.1 1 typ relay\r\n' }
    expect((await explain(connection)).verdict).toBe('connection-lost')
  })

  it('repeats why a restart failed, until the remote peer has restarted ICE', async () => {
    const remoteDescription = { sdp: 'a=ice-ufrag:r1\r\n' }
    const call = Object.assign(createFakeConnection(RELAY_ONLY), { remoteDescription })
    recordRestart(call, { failure: 'remote-peer', message: 'it does not restart' })
    expect(await explain(call)).toMatchObject({ verdict: 'no-ice-restart', message: 'it does not restart' })
    call.remoteDescription = { sdp: 'a=ice-ufrag:r2\r\n' }
    expect((await explain(call)).verdict).toBe('connected')
  })

  it.each([
    ['was never attached', () => {}],
    [
      'was attached after it began to gather',
      (call: ReturnType<typeof createGathering>) => {
        call.gather('complete')
        provider.attach(call.connection)
      },
    ],
    ['was detached', ({ connection }: ReturnType<typeof createGathering>) => provider.attach(connection)()],
  ])('does not know all events of a connection that %s', async (_, act) => {
    const call = createGathering()
    act(call)
    call.connection.iceGatheringState = 'complete'
    const { verdict, missing } = await explain(call.connection)
    expect({ verdict, missing }).toEqual({ verdict: 'no-relay-candidate', missing: ['events', 'stats'] })
  })

  it.each([
    ['a pair that was nominated', { nominated: true }],
    ['a transport that had a selected pair', { selectedCandidatePairChanges: 1 }],
    ['a data channel that was open', { dataChannelsOpened: 1 }],
  ])('sees in stats that ICE was connected: %s', async (_, members) => {
    const { connection } = createGathering({ iceServers: [] })
    connection.iceConnectionState = 'failed'
    connection.getStats = async () => new Map([['S', { id: 'S', ...members }]])
    expect(await explain(connection)).toMatchObject({ verdict: 'connection-lost', missing: ['events'] })
  })

  it('does not know whether ICE was connected without stats and events', async () => {
    const { connection } = createGathering({ iceServers: [] })
    connection.iceConnectionState = 'failed'
    const { verdict, facts } = await explain(connection)
    expect({ verdict, wasConnected: facts.wasConnected }).toEqual({
      verdict: 'unknown',
      wasConnected: undefined,
    })
  })

  it('counts a remote candidate that only stats contain', async () => {
    const { connection } = createGathering({ iceServers: [] })
    connection.remoteDescription = { sdp: 'a=ice-ufrag:r1\r\n' }
    expect((await explain(connection)).verdict).toBe('no-remote-candidates')
    const candidate = { id: 'R', type: 'remote-candidate', candidateType: 'prflx' }
    connection.getStats = async () => new Map([['R', candidate]])
    const { verdict, facts } = await explain(connection)
    expect({ verdict, remote: facts.remoteCandidateTypes }).toEqual({
      verdict: 'connecting',
      remote: ['prflx'],
    })
  })

  it('describes the path of a connection that works', async () => {
    const { verdict, relayed, missing } = await explain(createFakeConnection(RELAY_ONLY))
    expect({ verdict, relayed, missing }).toEqual({
      verdict: 'connected',
      relayed: true,
      missing: ['events'],
    })
  })

  it.each([
    ['has nothing but what attach() needs', { signalingState: 'stable', setConfiguration() {} }],
    [
      'throws',
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('gone')
          },
        },
      ) as AttachableConnection,
    ],
  ])('does not reject for a connection that %s', async (_, connection) => {
    const { missing } = await explain(connection)
    expect(missing).toEqual(['events', 'stats', 'configuration'])
  })

  it.each([undefined, null, 'pc'])('rejects with a TypeError for %s', async (value) => {
    await expect(explain(value as never)).rejects.toThrow(
      new TypeError(
        `explain(): connection must be an RTCPeerConnection, got ${value === 'pc' ? 'a string' : value}`,
      ),
    )
  })
})

import { afterEach, describe, expect, it, vi } from 'vitest'
import { isFirefoxConnection, readSnapshot } from '../../src/peer/connection-snapshot.js'
import { createFakeConnection } from '../support/fake-connection.js'
import { advance, SECOND, useFakeClock, useRealClock } from '../support/time.js'

afterEach(useRealClock)

const statsOf = (...entries: { id: string; [member: string]: unknown }[]) =>
  new Map(entries.map((entry) => [entry.id, entry]))
const transport = (id: string, pair?: string) => ({ id, type: 'transport', selectedCandidatePairId: pair })
const pair = (id: string, candidate: string) => ({ id, type: 'candidate-pair', localCandidateId: candidate })
const candidate = (id: string, candidateType: string, usernameFragment = 'u1') => ({
  id,
  candidateType,
  usernameFragment,
})
const direct = [transport('T1', 'P1'), pair('P1', 'L1'), candidate('L1', 'host')]
const relayed = [transport('T2', 'P2'), pair('P2', 'L2'), candidate('L2', 'relay')]

const throwing = () => {
  throw new Error('no inner connection')
}
const connectionWith = (getStats: () => Promise<Map<string, { id: string }>>) =>
  Object.assign(createFakeConnection(), { getStats })

describe('readSnapshot', () => {
  it.each([
    ['a relayed transport', statsOf(...relayed), 'relayed'],
    ['a direct transport', statsOf(...direct), 'direct'],
    ['one of several transports that is relayed', statsOf(transport('T0'), ...direct, ...relayed), 'relayed'],
    [
      'a relay that the remote peer sees under another address',
      statsOf(transport('T', 'P'), pair('P', 'L'), { ...candidate('L', 'prflx'), relayProtocol: 'udp' }),
      'relayed',
    ],
    [
      'a candidate of a TURN server without a relay protocol',
      statsOf(transport('T', 'P'), pair('P', 'L'), {
        ...candidate('L', 'prflx'),
        url: 'turn:t.org:3478?transport=udp',
      }),
      'relayed',
    ],
    [
      'a server-reflexive candidate from a TURN server',
      statsOf(transport('T', 'P'), pair('P', 'L'), { ...candidate('L', 'srflx'), url: 'turn:t.org' }),
      'direct',
    ],
    [
      'a peer-reflexive candidate from a STUN server',
      statsOf(transport('T', 'P'), pair('P', 'L'), { ...candidate('L', 'prflx'), url: 'stun:s.org' }),
      'direct',
    ],
    [
      'a peer-reflexive candidate without a URL',
      statsOf(transport('T', 'P'), pair('P', 'L'), candidate('L', 'prflx')),
      'direct',
    ],
    [
      'a relayed pair that is only marked as selected',
      statsOf(
        { ...pair('P', 'L'), selected: true },
        pair('Q', 'M'),
        candidate('L', 'relay'),
        candidate('M', 'host'),
      ),
      'relayed',
    ],
    [
      'a direct pair that is only marked as selected',
      statsOf(
        { ...pair('P', 'L'), selected: false },
        { ...pair('Q', 'M'), selected: true },
        candidate('L', 'relay'),
        candidate('M', 'host'),
      ),
      'direct',
    ],
    [
      'a nominated pair that succeeded, where stats have neither transports nor a selected pair',
      statsOf(
        { ...pair('P', 'L'), nominated: true, state: 'succeeded' },
        { ...pair('Q', 'M'), nominated: true, state: 'failed' },
        candidate('L', 'host'),
        candidate('M', 'relay'),
      ),
      'direct',
    ],
    [
      'a pair that is marked as selected while that of the transport is missing',
      statsOf(transport('T', 'P'), { ...pair('Q', 'L'), selected: true }, candidate('L', 'relay')),
      'relayed',
    ],
    [
      'a nominated pair of a transport that has selected none',
      statsOf(
        transport('T'),
        { ...pair('P', 'L'), nominated: true, state: 'succeeded' },
        candidate('L', 'relay'),
      ),
      'unknown',
    ],
    [
      'a nominated pair that Firefox has not selected',
      statsOf(
        { ...pair('P', 'L'), nominated: true, state: 'succeeded', selected: false },
        candidate('L', 'relay'),
      ),
      'unknown',
    ],
    ['a transport without a selected pair', statsOf(transport('T', '')), 'unknown'],
    ['a pair without a local candidate', statsOf(transport('T', 'P'), pair('P', '')), 'unknown'],
    ['a pair whose candidate is missing', statsOf(transport('T', 'P'), pair('P', 'L')), 'unknown'],
    ['no stats', statsOf(), 'unknown'],
  ])('reads the path of %s', async (_, stats, path) => {
    expect(await readSnapshot(connectionWith(async () => stats))).toMatchObject({ path })
  })

  it('reads the relay addresses of the selected pairs and of the local description', async () => {
    const relay = { ...candidate('L2', 'relay'), address: '192.0.2.1', port: 50000 }
    const host = { ...candidate('L1', 'host'), address: '192.0.2.9', port: 9 }
    const stats = statsOf(...direct, ...relayed, relay, host)
    const connection = connectionWith(async () => stats)
    connection.localDescription = {
      sdp: [
        'v=0',
        'a=candidate:1 1 udp 2113937151 192.0.2.9 9 typ host generation 0',
        'a=candidate:2 1 udp 16777215 192.0.2.1 50001 typ relay raddr 192.0.2.9 rport 9',
        'a=x-previous:a=candidate:2 1 udp 16777215 192.0.2.1 50003 typ relay',
        'a=candidate:3 1 udp 16777215 2001:db8::1 50002 typ relay raddr :: rport 0',
      ].join('\r\n'),
    }
    expect(await readSnapshot(connection)).toMatchObject({
      selectedRelays: ['192.0.2.1 50000'],
      gatheredRelays: ['192.0.2.1 50001', '2001:db8::1 50002'],
    })
  })

  it.each([
    ['a pair that received', [{ timestamp: 5000, lastPacketReceivedTimestamp: 4900 }], 100],
    [
      'pairs of two transports',
      [
        { timestamp: 5000, lastPacketReceivedTimestamp: 1 },
        { timestamp: 5000, lastPacketReceivedTimestamp: 4990 },
      ],
      10,
    ],
    ['a pair that has never received', [{ timestamp: 5000, lastPacketReceivedTimestamp: 0 }], undefined],
    ['a pair without timestamps', [{}], undefined],
    ['a pair without the time of its stats', [{ lastPacketReceivedTimestamp: 4900 }], undefined],
    ['no pair', [], undefined],
  ])('reads since when %s receives nothing', async (_, pairs, silentMs) => {
    const entries = pairs.map((members, n) => ({ ...pair(`P${n}`, 'L'), ...members }))
    const transports = entries.map(({ id }, n) => transport(`T${n}`, id))
    const stats = statsOf(...transports, ...entries, candidate('L', 'relay'))
    expect(await readSnapshot(connectionWith(async () => stats))).toMatchObject({ silentMs })
  })

  it('does not know the path if the stats cannot be read', async () => {
    const failing = connectionWith(async () => {
      throw new Error('InvalidStateError')
    })
    expect(await readSnapshot(failing)).toMatchObject({ path: 'unknown', isSwitchingPair: false })
  })

  it('does not wait for stats that never arrive', async () => {
    useFakeClock()
    const hanging = connectionWith(() => new Promise(() => {}))
    const snapshot = readSnapshot(hanging)
    await advance(2 * SECOND)
    expect(await snapshot).toMatchObject({ path: 'unknown' })
  })

  it('leaves no timer running after the stats have arrived', async () => {
    useFakeClock()
    await readSnapshot(createFakeConnection())
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not take a missing username fragment for one that the pair has left', async () => {
    const withoutUfrag = { id: 'L1', candidateType: 'host' }
    const stats = statsOf(transport('T1', 'P1'), pair('P1', 'L1'), withoutUfrag)
    expect(await readSnapshot(connectionWith(async () => stats))).toMatchObject({ isSwitchingPair: false })
  })

  it('reads the states and the username fragment', async () => {
    const connection = createFakeConnection()
    expect(await readSnapshot(connection)).toMatchObject({
      iceState: 'connected',
      isStable: true,
      localUfrag: 'u1',
    })
    connection.signalingState = 'have-local-offer'
    expect(await readSnapshot(connection)).toMatchObject({ isStable: false })
  })

  it('notices a selected pair that is not part of the local description', async () => {
    const connection = connectionWith(async () => statsOf(...direct))
    expect(await readSnapshot(connection)).toMatchObject({ isSwitchingPair: false })
    connection.negotiate()
    expect(await readSnapshot(connection)).toMatchObject({ isSwitchingPair: true })
  })

  it.each([
    ['connected', undefined, true],
    ['completed', '', true],
    ['checking', undefined, false],
    ['connected', 'P1', false],
  ] as const)(
    'reads whether a connection that is %s with the selected pair %j switches',
    async (state, id, isSwitchingPair) => {
      const connection = connectionWith(async () => statsOf(...direct, transport('T1', id)))
      connection.iceConnectionState = state
      expect(await readSnapshot(connection)).toMatchObject({ isSwitchingPair })
    },
  )

  it('does not take a transport without a selected pair beside another one for a connection that switches', async () => {
    const connection = connectionWith(async () => statsOf(...direct, transport('T0')))
    expect(await readSnapshot(connection)).toMatchObject({ isSwitchingPair: false })
  })

  it('reads no relay addresses of a connection whose local description throws', async () => {
    const connection = Object.defineProperty(createFakeConnection(), 'localDescription', { get: throwing })
    expect(await readSnapshot(connection)).toMatchObject({ localUfrag: undefined, gatheredRelays: [] })
  })

  it('reads a connection that has only a configuration', async () => {
    const { signalingState, getConfiguration, setConfiguration } = createFakeConnection()
    expect(await readSnapshot({ signalingState, getConfiguration, setConfiguration })).toEqual({
      iceState: '',
      isStable: true,
      localUfrag: undefined,
      path: 'unknown',
      selectedRelays: [],
      gatheredRelays: [],
      isSwitchingPair: false,
    })
  })
})

describe('isFirefoxConnection', () => {
  it('does not take a connection that throws for one of Firefox', () => {
    expect(isFirefoxConnection(new Proxy(createFakeConnection(), { has: throwing }))).toBe(false)
  })
})

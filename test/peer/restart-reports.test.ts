import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AttachOptions, ConnectionVerdict, RestartReport } from '../../src/index.js'
import {
  createAttachedProvider,
  createConnection,
  DEADLINE,
  NEWER,
  OFFER_MS,
  OLD,
  pinSelectedPair,
  SETTLED_MS,
} from '../support/attached-provider.js'
import { advance, MINUTE, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

/** A connection for whose servers a restart has been requested, and the reports about it. */
async function createRestarting(
  options: AttachOptions = {},
  configuration: RTCConfiguration = { iceServers: OLD },
) {
  const created = await createAttachedProvider()
  const reports: Omit<RestartReport, 'connection'>[] = []
  const pc = createConnection(configuration)
  created.provider.on('restart', ({ connection, ...report }) => {
    expect(connection).toBe(pc)
    reports.push(report)
  })
  created.attach(pc, options)
  await created.rotate()
  await advance(OFFER_MS)
  return { ...created, pc, reports }
}

describe('the restart event', () => {
  it('reports a restart when it is requested, and when the selected pair has moved', async () => {
    const { pc, reports, onError } = await createRestarting()
    expect(reports).toEqual([{ cause: 'rotation', status: 'requested', deadline: DEADLINE }])
    await advance(SECOND)
    pc.negotiate()
    await advance(SECOND)
    expect(reports.slice(1)).toEqual([
      { cause: 'rotation', status: 'completed', deadline: DEADLINE, durationMs: expect.any(Number) },
    ])
    expect(reports[1]?.durationMs).toBeGreaterThanOrEqual(SECOND)
    expect(onError).not.toHaveBeenCalled()
  })

  it.each([
    ['rejected', 'rejected'],
    ['disconnected', 'lost'],
  ])('reports the cause of a connection that is %s as %s', async (what, cause) => {
    const { provider, attach, rotate } = await createAttachedProvider()
    const causes: string[] = []
    provider.on('restart', (report) => causes.push(report.cause))
    const pc = createConnection()
    attach(pc)
    if (what === 'rejected') pc.rejectCredentials('turn:old')
    await advance(5)
    await rotate(NEWER)
    if (what === 'disconnected') pc.changeIceState('disconnected')
    await advance(SECOND)
    expect(causes[0]).toBe(cause)
  })

  it('reports nothing about restarts of the app', async () => {
    const { provider, attach } = await createAttachedProvider()
    const onRestart = vi.fn()
    provider.on('restart', onRestart)
    const pc = createConnection()
    attach(pc)
    pc.negotiate()
    await advance(MINUTE / 4)
    expect(onRestart).not.toHaveBeenCalled()
  })

  it.each([
    ['the app makes no offer', () => {}, /no offer followed: handle negotiationneeded/, 'no-offer'],
    ['the remote peer does not answer', (pc) => pc.offer(), /did not answer the offer/, 'no-answer'],
    [
      'the connection fails',
      (pc) => {
        pc.negotiate()
        pc.changeIceState('failed')
      },
      /the connection failed/,
      'connection-lost',
    ],
    [
      'the remote peer does not restart ICE',
      (pc) => {
        Object.assign(pc, { remoteDescription: { sdp: 'a=ice-ufrag:same\r\n' } })
        pc.negotiate()
      },
      /the remote peer answered without restarting ICE/,
      'no-ice-restart',
    ],
    [
      'the selected pair does not move',
      (pc) => {
        pinSelectedPair(pc, 'u1')
        pc.negotiate()
      },
      /the selected pair still uses the previous candidates/,
      'not-moved',
    ],
  ] as [string, (pc: ReturnType<typeof createConnection>) => void, RegExp, ConnectionVerdict][])(
    'reports once that %s, with ERR_ICE_RESTART and the deadline',
    async (what, act, message, verdict) => {
      const created = await createAttachedProvider()
      const reports: RestartReport[] = []
      created.provider.on('restart', (report) => reports.push(report))
      const pc = createConnection()
      if (what.includes('remote peer does not restart'))
        Object.assign(pc, { remoteDescription: { sdp: 'a=ice-ufrag:same\r\n' } })
      created.attach(pc)
      await created.rotate()
      await advance(OFFER_MS)
      act(pc)
      await advance(25 * SECOND)
      expect(reports.slice(1)).toEqual([
        {
          connection: pc,
          cause: 'rotation',
          status: 'failed',
          deadline: DEADLINE,
          durationMs: expect.any(Number),
          error: expect.objectContaining({
            code: 'ERR_ICE_RESTART',
            message: expect.stringMatching(message),
          }),
          explanation: expect.objectContaining({ verdict, missing: ['events', 'stats'] }),
        },
      ])
      expect(created.onError.mock.calls.map(([{ code }]) => code)).toEqual(['ERR_ICE_RESTART'])
    },
  )
})

describe('the restart event while the servers keep changing', () => {
  it('reports that the app makes no offer, although each rotation requests the restart again', async () => {
    const { pc, rotate, reports } = await createRestarting()
    for (let i = 0; i < 5; i++) {
      await rotate([{ urls: ['turn:t.org'], username: `u${i}`, credential: 'c' }])
      await advance(5 * SECOND)
    }
    expect(reports.map(({ status }) => status)).toEqual(['requested', 'failed'])
    expect(pc.restartIce.mock.calls.length).toBeGreaterThan(1)
  })
})

describe('attach() after a restart that did not complete', () => {
  it('restarts for later rotations only if the connection is lost', async () => {
    const { pc, rotate, reports } = await createRestarting()
    await advance(25 * SECOND)
    expect(reports.at(-1)?.status).toBe('failed')
    pc.restartIce.mockClear()
    await rotate(NEWER)
    await advance(SETTLED_MS)
    expect(pc.iceServers).toEqual(NEWER)
    expect(pc.restartIce).not.toHaveBeenCalled()
    pc.changeIceState('disconnected')
    await advance(SETTLED_MS)
    expect(pc.restartIce).toHaveBeenCalledOnce()
    expect(reports.at(-1)).toMatchObject({ cause: 'lost', status: 'requested' })
  })

  it('restarts for rotations again after the app has restarted ICE', async () => {
    const { pc, rotate } = await createRestarting()
    await advance(25 * SECOND)
    pc.restartIce.mockClear()
    pinSelectedPair(pc, 'u1')
    pc.negotiate()
    pc.changeIceState('connected')
    await advance(SETTLED_MS)
    pinSelectedPair(pc, 'u2')
    await rotate(NEWER)
    await advance(SETTLED_MS)
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it('requests a restart again within seconds if a candidate pool keeps the selected pair from moving', async () => {
    const { pc, reports } = await createRestarting({}, { iceServers: OLD, iceCandidatePoolSize: 1 })
    pinSelectedPair(pc, 'u1')
    pc.negotiate()
    await advance(6 * SECOND)
    expect(pc.restartIce).toHaveBeenCalledTimes(2)
    pinSelectedPair(pc, 'u3')
    pc.negotiate()
    await advance(3 * SECOND)
    expect(reports.map(({ status }) => status)).toEqual(['requested', 'completed'])
    expect(pc.restartIce).toHaveBeenCalledTimes(2)
  })
})

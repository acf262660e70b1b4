/** The handler serves TURN REST credentials without reading them like a response: the result has to be the same. */
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  createTurnRestCredentials,
  type IceServersHandlerOptions,
  type TurnRestOptions,
} from '../../src/server/index.js'
import { createTestHandler } from '../support/handler.js'
import { NOW } from '../support/time.js'

const create = (options: Partial<TurnRestOptions> = {}) =>
  createTurnRestCredentials({ secret: 'secret', urls: ['turn:t.org'], ...options })

/** The response of a handler, and the errors that it reported. */
async function respond(source: IceServersHandlerOptions['source'], options: object = {}) {
  const { request, onError } = createTestHandler({ source, ...options })
  const response = await request()
  return {
    status: response.status,
    body: await response.json(),
    errors: onError.mock.calls.map(([error]) => String(error)),
  }
}

afterEach(() => {
  vi.useRealTimers()
})

describe('createTurnRestCredentials as a source', () => {
  it('issues exactly what a function issues that returns its credentials, which the handler reads', async () => {
    vi.useFakeTimers({ now: NOW, toFake: ['Date'] })
    const url = fc.constantFrom(
      'stun:s.org',
      'turn:t.org',
      'TURN:T.org:3478?transport=udp',
      'turn:t.org:53',
      ' turns:t.org:443?transport=tcp',
    )
    const inputs = fc.record({
      urls: fc.oneof(url, fc.array(url, { minLength: 1, maxLength: 4 })),
      userId: fc.string({ minLength: 1, maxLength: 600, unit: 'grapheme' }),
      ttl: fc.integer({ min: 1, max: 172_800 }),
      separator: fc.constantFrom(':', '-', '|'),
      afterExpiry: fc.constantFrom(undefined, 'keep' as const, 'drop' as const),
      clockOffsetMs: fc.integer({ min: -100_000, max: 100_000 }),
    })
    const property = fc.asyncProperty(
      inputs,
      async ({ urls, userId, ttl, separator, afterExpiry, clockOffsetMs }) => {
        const now = () => NOW + clockOffsetMs
        const turn = create({ urls, separator, now, ...(afterExpiry && { afterExpiry }) })
        const options = { authorize: () => userId, ttl }
        const [checked, read] = [
          await respond(turn, options),
          await respond((context) => turn.generateCredentials(context), options),
        ]
        const withoutReason = ({ status, body }: typeof read) => ({ status, body })
        expect(withoutReason(checked)).toEqual(withoutReason(read))
      },
    )
    await fc.assert(property)
  })

  it.each([
    ['in the past', NOW - 86_400_000],
    ['not a number', Number.NaN],
  ])('responds 502 when its clock is %s', async (_, time) => {
    const { status, errors } = await respond(create({ now: () => time }))
    expect([status, errors]).toEqual([
      502,
      [expect.stringMatching(/source returned credentials that have already expired/)],
    ])
  })

  it('responds 502 when it has only URLs that browsers block', async () => {
    const { status, errors } = await respond(create({ urls: 'turn:t.org:53' }))
    expect([status, errors]).toEqual([
      502,
      [expect.stringMatching(/source: no usable ICE server: turn:t.org:53 was dropped/)],
    ])
  })

  it('is called through the method of the source, which an app can replace', async () => {
    const turn = create()
    const server = { urls: 'turn:other.org', username: 'u', credential: 'c' }
    turn.generateCredentials = async () => ({ iceServers: [server], ttl: 60, expiresAt: Date.now() + 60_000 })
    const { body } = await respond(turn)
    expect(body.iceServers).toEqual([{ ...server, urls: [server.urls] }])
  })

  it('issues credentials that a caller may change', async () => {
    const urls = ['turn:t.org']
    const turn = create({ urls })
    const { iceServers } = await turn.generateCredentials()
    for (const list of [urls, iceServers[0]?.urls as string[]]) list.push('turn:evil.org')
    const onIssue = vi.fn(({ iceServers: [server] }) => server.urls.push('turn:evil.org'))
    for (const next of [await respond(turn, { onIssue }), await respond(turn, { onIssue })]) {
      expect(next.body.iceServers).toMatchObject([{ urls: ['turn:t.org'] }])
    }
    expect((await turn.generateCredentials()).iceServers).toMatchObject([{ urls: ['turn:t.org'] }])
  })
})

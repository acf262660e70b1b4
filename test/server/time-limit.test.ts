import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createTurnRestCredentials, type IceServersHandlerOptions } from '../../src/server/index.js'
import { createTestHandler, never } from '../support/handler.js'
import { advance, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(() => {
  vi.unstubAllGlobals()
  useRealClock()
})

/** Requests with a time limit of 1 s. Resolves with the status after 1 s, `undefined` before, and the reported messages. */
async function requestForOneSecond(options: Partial<IceServersHandlerOptions>) {
  const { request, onError } = createTestHandler({ timeoutMs: SECOND, ...options })
  let status: number | undefined
  request().then((response) => {
    status = response.status
  })
  await advance(SECOND - 1)
  const statusBefore = status
  await advance(1)
  const messages = onError.mock.calls.map(([error, { stage }]) => `${stage}: ${error.message}`)
  return { statuses: [statusBefore, status], messages, timerCount: vi.getTimerCount() }
}

const after = (milliseconds: number) => async (): Promise<string> => {
  await new Promise((resolve) => setTimeout(resolve, milliseconds))
  return 'alice'
}
const turnRest = () => createTurnRestCredentials({ secret: 's', urls: 'turn:t.org' })
const hangingStore = { limit: 1, windowMs: 1000, store: { increment: never } }

/** Without `node:crypto`, TURN REST credentials are signed with WebCrypto. Here it does not respond. */
function stubCrypto(): void {
  vi.stubGlobal('process', { ...process, getBuiltinModule: undefined })
  vi.stubGlobal('crypto', { subtle: { importKey: async () => ({}), sign: never } })
}

describe('the time limit of a response', () => {
  it.each<[string, Partial<IceServersHandlerOptions>, string[]]>([
    [
      'two sources hang',
      { source: [never, never] },
      ['source: source[0] did not settle within 500 ms', 'source: source[1] did not settle within 1000 ms'],
    ],
    [
      'the store and two sources hang',
      { rateLimit: { ...hangingStore, onStoreError: 'allow' }, source: [never, never] },
      [
        'rateLimit: rateLimit.store did not settle within 500 ms',
        'source: source[0] did not settle within 1000 ms',
      ],
    ],
    [
      'a source hangs, and onIssue',
      { source: [never, () => [{ urls: 'stun:s.org' }]], onIssue: never },
      ['source: source[0] did not settle within 500 ms', 'internal: onIssue did not settle within 1000 ms'],
    ],
    [
      'authorize takes most of it, and the first of two sources hangs',
      { authorize: after(600), source: [never, never] },
      ['source: source[0] did not settle within 1000 ms'],
    ],
    [
      'authorize takes most of it, and the store hangs',
      { authorize: after(600), rateLimit: hangingStore },
      ['rateLimit: rateLimit.store did not settle within 1000 ms'],
    ],
  ])('is not exceeded if %s', async (_, options, messages) => {
    expect(await requestForOneSecond(options)).toEqual({
      statuses: [undefined, 503],
      messages,
      timerCount: 0,
    })
  })

  it('is not exceeded if WebCrypto does not sign', async () => {
    stubCrypto()
    expect(await requestForOneSecond({ source: turnRest() })).toEqual({
      statuses: [undefined, 503],
      messages: ['source: source did not settle within 1000 ms'],
      timerCount: 0,
    })
  })

  it('leaves its share to the next source if WebCrypto does not sign', async () => {
    stubCrypto()
    const { statuses, messages } = await requestForOneSecond({
      source: [turnRest(), () => [{ urls: 'stun:s.org' }]],
    })
    expect(statuses).toEqual([200, 200])
    expect(messages).toEqual(['source: source[0] did not settle within 500 ms'])
  })

  it('starts no timer if nothing is waited for', async () => {
    const setTimeout = vi.spyOn(globalThis, 'setTimeout')
    const { request } = createTestHandler({ source: turnRest() })
    expect((await request()).status).toBe(200)
    expect(setTimeout).not.toHaveBeenCalled()
  })
})

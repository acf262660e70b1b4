import { afterEach, describe, expect, it, vi } from 'vitest'
import { IceServerError } from '../../src/errors.js'
import { TurnApiError } from '../../src/server/index.js'
import { createTestHandler, never, server } from '../support/handler.js'
import { useFakeClock, useRealClock } from '../support/time.js'

afterEach(useRealClock)

describe('a source', () => {
  it.each<[string, unknown, number]>([
    ['a fault of the API', new TurnApiError('secret', { status: 401 }), 502],
    ['an API that cannot be reached', new TurnApiError('secret'), 502],
    ['an API that is busy', new TurnApiError('secret', { status: 429, retryAfterMs: 7000 }), 503],
    ['an API that is down', new TurnApiError('secret', { status: 503 }), 503],
    ['a bug', new TypeError('secret'), 500],
    ['an answer that is none', new IceServerError('ERR_RESPONSE', 'secret'), 502],
    ['a backend of its own that is busy', new IceServerError('ERR_HTTP', 'secret', { status: 429 }), 503],
  ])('that throws %s', async (_, error, status) => {
    const { ask, onError } = createTestHandler({ source: () => Promise.reject(error) })
    const response = await ask()
    expect(response.status).toBe(status)
    expect(await response.text()).toMatch(/^\{"error":"[a-z ]+"\}$/)
    if (status === 503) expect(response.headers.get('retry-after')).toMatch(/^[17]$/)
    expect(onError).toHaveBeenCalledExactlyOnceWith(error, expect.any(Request))
  })

  it.each([
    [[]],
    [{ iceServers: [] }],
    ['<html>'],
    [{ success: false, errors: [{ code: 1 }] }],
    [undefined],
    [[{ urls: 'turn:t.org' }]],
  ])('that gives %j is a 502', async (nonsense) => {
    const { ask } = createTestHandler({ source: () => nonsense })
    const response = await ask()
    expect([response.status, await response.json()]).toEqual([502, { error: 'upstream failed' }])
  })

  it('that fails or hangs is followed by the next, and onError hears of it', async () => {
    const down = new TurnApiError('down')
    for (const first of [() => Promise.reject(down), never]) {
      const { ask, onError } = createTestHandler({ source: [first, () => [server]], timeoutMs: 200 })
      expect((await ask()).status).toBe(200)
      expect(onError).toHaveBeenCalledOnce()
    }
  })

  it('that comes last has all the time that is left', async () => {
    const slow = () => new Promise((resolve) => setTimeout(() => resolve([server]), 120))
    const { ask } = createTestHandler({
      source: [() => Promise.reject(new Error('down')), slow],
      timeoutMs: 200,
    })
    expect((await ask()).status).toBe(200)
  })

  it('whose credentials end at this moment has none', async () => {
    useFakeClock()
    const { ask } = createTestHandler({ source: () => ({ iceServers: [server], expiresAt: Date.now() }) })
    expect((await ask()).status).toBe(502)
  })

  it('whose credentials have expired, or whose expiresAt is no number, is followed by the next', async () => {
    for (const expiresAt of [Date.now() - 1, Date.now() / 1000, '2026-11-24T10:00:00Z', Number.NaN]) {
      const { ask, onError } = createTestHandler({
        source: [() => ({ iceServers: [server], expiresAt }), () => [server]],
      })
      const response = await ask()
      expect([response.status, (await response.json()).ttl > 0]).toEqual([200, true])
      expect(onError.mock.calls[0]?.[0]).toMatchObject({ message: 'credentials have expired' })
    }
  })

  it('tells when its credentials live shorter', async () => {
    const { ask } = createTestHandler({
      source: () => ({ iceServers: [server], expiresAt: Date.now() + 60_000 }),
    })
    expect((await (await ask()).json()).ttl).toBeLessThanOrEqual(60)
  })

  it('is not asked for a client who has gone', async () => {
    const controller = new AbortController()
    const authorize = () => {
      controller.abort()
      return 'alice'
    }
    for (const others of [[], [vi.fn()]]) {
      const first = vi.fn()
      const { ask } = createTestHandler({ authorize, source: [first, ...others] })
      expect((await ask({ signal: controller.signal })).status).toBe(503)
      await new Promise((resolve) => setTimeout(resolve))
      for (const source of [first, ...others]) expect(source).not.toHaveBeenCalled()
    }
    expect((await createTestHandler({ authorize: never }).ask({ signal: controller.signal })).status).toBe(
      503,
    )
  })

  it('that comes last decides', async () => {
    const { ask, onError } = createTestHandler({
      source: [() => Promise.reject(new Error('bug')), () => Promise.reject(new TurnApiError('x'))],
    })
    expect((await ask()).status).toBe(502)
    expect(onError).toHaveBeenCalledTimes(2)
  })

  it('is told when the client goes away', async () => {
    const controller = new AbortController()
    const signals: AbortSignal[] = []
    const second = vi.fn()
    const first = ({ signal }: { signal: AbortSignal }) => {
      signals.push(signal)
      return never()
    }
    const { ask } = createTestHandler({ source: [first, second] })
    const asking = ask({ signal: controller.signal })
    await vi.waitFor(() => expect(signals).toHaveLength(1))
    controller.abort()
    await asking
    expect(signals[0]?.aborted).toBe(true)
    expect(second).not.toHaveBeenCalled()
  })

  it('does not lose its answer to an onError that throws or rejects', async () => {
    const fail = () => {
      throw new Error('reporter')
    }
    for (const onError of [fail, async () => fail()]) {
      const { ask } = createTestHandler({ source: [fail, () => [server]], onError })
      expect((await ask()).status).toBe(200)
    }
  })
})

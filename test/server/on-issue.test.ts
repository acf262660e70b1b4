import { describe, expect, it, vi } from 'vitest'
import { createTurnRestCredentials, type IssuedCredentials, TurnApiError } from '../../src/server/index.js'
import { createTestHandler, never, server } from '../support/handler.js'

describe('createIceServersHandler: onIssue', () => {
  it('is called with the user, the servers, their expiry and the position of their source', async () => {
    const onIssue = vi.fn()
    const expiresAt = Math.floor(Date.now() / 1000 + 60) * 1000
    const failing = () => Promise.reject(new TurnApiError('down'))
    const source = [failing, () => ({ iceServers: [server], expiresAt })]
    const { request } = createTestHandler({ source, onIssue })
    const { iceServers } = await (await request()).json()
    expect(onIssue).toHaveBeenCalledExactlyOnceWith({ userId: 'alice', iceServers, expiresAt, source: 1 })
  })

  it('cannot change the response', async () => {
    const onIssue = ({ iceServers }: IssuedCredentials) => {
      for (const issued of iceServers) Object.assign(issued, { urls: [], credential: '' })
      iceServers.length = 0
    }
    const { request } = createTestHandler({ onIssue })
    const { iceServers } = await (await request()).json()
    expect(iceServers).toEqual([{ ...server, urls: ['turn:t.org'] }])
  })

  it('is not called without credentials', async () => {
    const onIssue = vi.fn()
    for (const options of [{ authorize: () => false as const }, { source: () => [] }]) {
      await createTestHandler({ ...options, onIssue }).request()
    }
    await createTestHandler({ onIssue }).request({ method: 'HEAD' })
    expect(onIssue).not.toHaveBeenCalled()
  })

  it.each([
    ['throws', () => fail()],
    ['rejects', async () => fail()],
  ])('prevents the response with 500 when it %s', async (_, onIssue) => {
    const { request, onError } = createTestHandler({ onIssue })
    const response = await request()
    expect([response.status, await response.text()]).toEqual([500, '{"error":"internal error"}'])
    expect(onError.mock.calls).toMatchObject([[{ message: 'no database' }, { stage: 'internal' }]])
  })

  it('is named when it hangs', async () => {
    const { request, onError } = createTestHandler({ onIssue: never, timeoutMs: 20 })
    expect((await request()).status).toBe(503)
    expect(onError.mock.calls).toMatchObject([
      [{ message: 'onIssue did not settle within 20 ms' }, { stage: 'internal' }],
    ])
  })

  it('is not called after the client disconnected', async () => {
    const onIssue = vi.fn()
    const controller = new AbortController()
    const source = async () => {
      controller.abort()
      return [server]
    }
    await createTestHandler({ source, onIssue }).request({ signal: controller.signal })
    await new Promise((resolve) => setTimeout(resolve))
    expect(onIssue).not.toHaveBeenCalled()
  })

  it('is not called for a client that was gone before TURN REST credentials were signed', async () => {
    const onIssue = vi.fn()
    const source = createTurnRestCredentials({ secret: 's', urls: 'turn:t.org' })
    const { request } = createTestHandler({ source, onIssue })
    expect((await request({ signal: AbortSignal.abort() })).status).toBe(503)
    expect(onIssue).not.toHaveBeenCalled()
  })

  it('must be a function', () => {
    expect(() => createTestHandler({ onIssue: 5 as never })).toThrow(
      'createIceServersHandler: onIssue must be a function, got 5',
    )
  })
})

describe('createIceServersHandler: errors of frameworks', () => {
  const redirect = Object.assign(new Error('NEXT_REDIRECT'), { digest: 'NEXT_REDIRECT;/login', status: 401 })
  const rejecting = () => Promise.reject(redirect)

  it.each<[string, object]>([
    ['authorize', { authorize: rejecting }],
    ['a source', { source: rejecting }],
    ['the first of two sources', { source: [rejecting, () => [server]] }],
    ['rateLimit.key', { rateLimit: { limit: 1, windowMs: 1, key: rejecting } }],
    ['onIssue', { onIssue: rejecting }],
  ])('pass through the handler from %s, unchanged and unreported', async (_, options) => {
    const { request, onError } = createTestHandler(options)
    await expect(request()).rejects.toBe(redirect)
    expect(onError).not.toHaveBeenCalled()
  })
})

function fail(): never {
  throw new Error('no database')
}

import { afterEach, describe, expect, it, vi } from 'vitest'
import { createTestHandler, ENDPOINT, never, server } from '../support/handler.js'
import { advance, useFakeClock, useRealClock } from '../support/time.js'

afterEach(useRealClock)

const fail = () => Promise.reject(new Error('broken'))

/** Counts the reports that have been delivered, each after 50 ms. */
function createSlowReporter() {
  const delivered: string[] = []
  const onError = async (error: unknown) => {
    await new Promise((resolve) => setTimeout(resolve, 50))
    delivered.push((error as Error).message)
  }
  return { onError, delivered }
}

describe('createIceServersHandler: onError', () => {
  it.each([
    ['authorize', { authorize: fail }],
    ['rateLimit', { rateLimit: { limit: 1, windowMs: 1, key: fail } }],
    ['rateLimit', { rateLimit: { limit: 1, windowMs: 1, store: { increment: fail } } }],
    ['source', { source: fail }],
    ['source', { source: [fail, () => [server]] }],
    ['internal', { allowedOrigins: fail }],
  ])('is called with the request and the stage %s', async (stage, options) => {
    const { handle, onError } = createTestHandler(options)
    const request = new Request(ENDPOINT, { headers: { origin: 'https://app.example.org' } })
    await handle(request)
    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.any(Error), { request, stage })
    const [error] = onError.mock.calls[0] ?? []
    expect((stage === 'source' ? error.cause : error).message).toBe('broken')
  })

  it.each([
    ['authorize', { authorize: never }],
    ['rateLimit', { rateLimit: { limit: 1, windowMs: 1, key: never } }],
    ['rateLimit', { rateLimit: { limit: 1, windowMs: 1, store: { increment: never } } }],
    ['source', { source: never }],
  ])('names the stage %s if that hangs', async (stage, options) => {
    const { request, onError } = createTestHandler({ ...options, timeoutMs: 20 })
    expect((await request()).status).toBe(503)
    expect(onError.mock.calls).toMatchObject([
      [{ message: expect.stringMatching(`^${stage}[.a-z]* did not settle within`) }, { stage }],
    ])
  })

  it('delays the response until its reports are delivered', async () => {
    const { onError, delivered } = createSlowReporter()
    const { request } = createTestHandler({ onError, source: [fail, fail, () => [server]] })
    expect((await request()).status).toBe(200)
    expect(delivered).toEqual(['source[0] threw Error', 'source[1] threw Error'])
  })

  it('does not delay the response beyond timeoutMs', async () => {
    useFakeClock()
    const { request } = createTestHandler({ onError: never, source: [fail, () => [server]], timeoutMs: 1000 })
    const settled = vi.fn()
    const response = request().finally(settled)
    await advance(999)
    expect(settled).not.toHaveBeenCalled()
    await advance(1)
    expect((await response).status).toBe(200)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('is handed to waitUntil() of the runtime, without delaying the response', async () => {
    const { onError, delivered } = createSlowReporter()
    const { handle } = createTestHandler({ onError, source: fail })
    /** Fails like the context of Workers if it is called without its receiver. */
    class ExecutionContext {
      readonly promises: Promise<unknown>[] = []
      waitUntil(promise: Promise<unknown>) {
        this.promises.push(promise)
      }
    }
    const context = new ExecutionContext()
    const response = await handle(new Request(ENDPOINT), { TURN_SECRET: 'secret' }, context)
    expect([response.status, delivered.length, context.promises.length]).toEqual([502, 0, 1])
    await Promise.all(context.promises)
    expect(delivered).toEqual(['source threw Error'])
  })

  it('hands nothing to waitUntil() without an error', async () => {
    const waitUntil = vi.fn()
    const { handle } = createTestHandler()
    expect((await handle(new Request(ENDPOINT), undefined, { waitUntil })).status).toBe(200)
    expect(waitUntil).not.toHaveBeenCalled()
  })

  it('is not called when the client disconnects', async () => {
    const controller = new AbortController()
    const source = () => {
      controller.abort()
      return never()
    }
    const { request, onError } = createTestHandler({ source: [source, () => [server]] })
    expect((await request({ signal: controller.signal })).status).toBe(503)
    expect(onError).not.toHaveBeenCalled()
  })
})

/** What operators see of each refresh. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RefreshAttempt } from '../../src/index.js'
import { createProvider, networkError } from '../support/create-provider.js'
import { rejectionOf } from '../support/error-of.js'
import { iceServersResponse } from '../support/http-server.js'
import { advance, HOUR, MINUTE, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

function record(provider: ReturnType<typeof createProvider>['provider']) {
  const attempts: RefreshAttempt[] = []
  provider.on('refresh', (attempt) => attempts.push(attempt))
  return attempts
}

describe('the refresh event', () => {
  it('reports each refresh with its reason, duration and outcome, after the update', async () => {
    const order: string[] = []
    const { provider } = createProvider(
      async (count) => {
        await new Promise((resolve) => setTimeout(resolve, SECOND))
        return {
          ...iceServersResponse(undefined, count === 3 ? 'other' : 'same'),
          expiresAt: Date.now() + HOUR,
        }
      },
      { minRefreshIntervalMs: 1 },
    )
    const attempts = record(provider)
    provider.on('update', () => order.push('update')).on('refresh', ({ outcome }) => order.push(outcome))
    await advance(SECOND)
    for (let i = 0; i < 2; i++) {
      const refreshing = provider.refresh()
      await advance(2 * SECOND)
      await refreshing
    }
    expect(attempts).toEqual([
      { reason: 'initial', durationMs: SECOND, outcome: 'success' },
      { reason: 'manual', durationMs: SECOND, outcome: 'success' },
      { reason: 'manual', durationMs: SECOND, outcome: 'success' },
    ])
    expect(order.slice(0, 2)).toEqual(['update', 'success'])
  })

  it('reports an unchanged response', async () => {
    const expiresAt = Date.now() + HOUR
    const { provider } = createProvider(() => ({ ...iceServersResponse(), expiresAt, ttl: undefined }), {
      minRefreshIntervalMs: 1,
    })
    const attempts = record(provider)
    await provider.getIceServers()
    await advance(1)
    await provider.refresh()
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['success', 'unchanged'])
  })

  it('reports a failure with its error and the time of the retry', async () => {
    const { provider } = createProvider(() => Promise.reject(networkError))
    const attempts = record(provider)
    provider.on('update', () => {})
    await advance(0)
    expect(attempts).toEqual([
      {
        reason: 'initial',
        durationMs: 0,
        outcome: 'failure',
        error: networkError,
        retryAt: provider.nextRefreshAt,
      },
    ])
    expect(provider.nextRefreshAt).toBeGreaterThan(Date.now())
    expect(provider.lastError).toBe(networkError)
  })

  it('reports no retry of a failure after which nobody uses the provider', async () => {
    const { provider } = createProvider(() => Promise.reject(networkError))
    const attempts = record(provider)
    await rejectionOf(provider.getIceServers())
    expect(attempts).toMatchObject([{ outcome: 'failure', retryAt: undefined }])
  })
})

describe('IceServerProvider.nextRefreshAt and lastError', () => {
  it('follow the plan: undefined without users, while a request is in flight and after close()', async () => {
    const { provider } = createProvider(() => iceServersResponse())
    expect(provider.nextRefreshAt).toBeUndefined()
    await provider.getIceServers()
    expect(provider.nextRefreshAt).toBeUndefined()
    provider.on('update', () => {})
    expect(provider.nextRefreshAt).toBe(Date.now() + 50 * MINUTE)
    const refreshing = provider.refresh()
    await advance(SECOND)
    await refreshing
    expect(provider.lastError).toBeUndefined()
    provider.close()
    expect(provider.nextRefreshAt).toBeUndefined()
  })

  it('forget the error after a success', async () => {
    const { provider } = createProvider((count) => {
      if (count === 1) throw networkError
      return iceServersResponse()
    })
    await rejectionOf(provider.getIceServers())
    expect(provider).toMatchObject({ state: 'failing', lastError: networkError })
    const refreshing = provider.refresh()
    await advance(SECOND)
    await refreshing
    expect(provider.state).toBe('fresh')
    expect(provider.lastError).toBeUndefined()
  })
})

describe("the state 'failing'", () => {
  it('begins when the last valid configuration expires after a failure, and lasts while a retry is in flight', async () => {
    let isHanging = false
    const { provider } = createProvider((count) => {
      if (count === 1) return iceServersResponse(60)
      if (isHanging) return new Promise(() => {})
      throw networkError
    })
    const states: string[] = []
    const onExpired = vi.fn()
    provider
      .on('statechange', (state) => states.push(state))
      .on('update', () => {})
      .on('expired', onExpired)
    await advance(2 * MINUTE)
    isHanging = true
    const pending = rejectionOf(provider.getIceServers())
    await advance(5 * MINUTE)
    expect(states).toEqual(['fresh', 'stale', 'failing'])
    expect(onExpired).toHaveBeenCalledOnce()
    expect(await pending).toMatchObject({ code: expect.stringMatching(/^ERR_/) })
  })
})

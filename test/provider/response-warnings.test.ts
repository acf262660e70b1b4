/** What a provider reports about a response that it uses all the same. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { IceServerError, IceServerProvider } from '../../src/index.js'
import { attachConnection } from '../support/attached-provider.js'
import { createProvider } from '../support/create-provider.js'
import { rejectionOf } from '../support/error-of.js'
import { iceServersResponse } from '../support/http-server.js'
import { advance, HOUR, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

const INVALID = { urls: 'turn:missing-credentials.org' }

/** A response with an invalid server. */
const partlyInvalid = (username: string, more = {}) => {
  const { iceServers, ttl } = iceServersResponse(3600, username)
  return { iceServers: [...iceServers, INVALID], ttl, ...more }
}

function recordErrors(provider: IceServerProvider): IceServerError[] {
  const errors: IceServerError[] = []
  provider.on('error', (error) => errors.push(error))
  return errors
}

async function refresh(provider: IceServerProvider): Promise<void> {
  const refreshing = provider.refresh()
  await advance(SECOND)
  await refreshing
}

describe('IceServerProvider', () => {
  it('uses the valid servers of a response, and reports the invalid ones once for each changed response', async () => {
    const usernames = ['u1', 'u1', 'u2']
    const { provider } = createProvider((count) => ({
      ...partlyInvalid(usernames[count - 1] ?? ''),
      ttl: undefined,
      expiresAt: Date.UTC(2026, 10, 24, 5),
    }))
    const errors = recordErrors(provider)
    const { iceServers, dropped } = await provider.getConfiguration()
    expect(iceServers).toHaveLength(2)
    expect(dropped.map(({ path }) => path)).toEqual(['iceServers[2].username', 'iceServers[2].credential'])
    expect(errors).toMatchObject([{ code: 'ERR_ICE_SERVER', fatal: false }])
    expect(errors[0]?.message).toContain('iceServers[2].username: required for TURN URLs')
    await refresh(provider)
    expect(errors).toHaveLength(1)
    await refresh(provider)
    expect(errors).toHaveLength(2)
    expect(provider).toMatchObject({ state: 'fresh', lastError: undefined })
  })

  it.each<[string, object, object]>([
    ['invalidServers is reject', partlyInvalid('u2'), { invalidServers: 'reject' }],
    ['no usable server is left', { iceServers: [INVALID] }, {}],
  ])('keeps the last valid configuration if %s', async (_, response, options) => {
    const { provider } = createProvider((count) => (count === 1 ? iceServersResponse() : response), options)
    const first = await provider.getConfiguration()
    const refreshing = rejectionOf(provider.refresh())
    await advance(SECOND)
    expect(await refreshing).toMatchObject({ code: 'ERR_ICE_SERVER' })
    expect(provider.current).toBe(first)
  })

  it('reports a ttl in ms once, and uses the credentials for a day', async () => {
    const { provider } = createProvider((count) => iceServersResponse(86_400_000, `u${count}`))
    const errors = recordErrors(provider)
    const { expiresAt } = await provider.getConfiguration()
    expect(expiresAt).toBe(Date.now() + 24 * HOUR)
    await refresh(provider)
    expect(provider.current?.iceServers[1]?.username).toBe('u2')
    expect(errors).toMatchObject([{ code: 'ERR_RESPONSE', fatal: false }])
    expect(errors[0]?.message).toContain('ttl is in seconds')
  })

  it('resolves with an empty list if the response is deliberately without servers', async () => {
    const { provider } = createProvider(() => ({ iceServers: [] }))
    const errors = recordErrors(provider)
    expect(await provider.getIceServers()).toEqual([])
    expect([provider.state, errors]).toEqual(['fresh', []])
  })

  it('leaves attached connections as they are if there are no servers any more', async () => {
    const { provider } = createProvider((count) => (count === 1 ? iceServersResponse() : { iceServers: [] }))
    await provider.getIceServers()
    const pc = attachConnection(provider)
    const setConfiguration = vi.spyOn(pc, 'setConfiguration')
    await refresh(provider)
    await advance(10 * SECOND)
    expect(provider.current?.iceServers).toEqual([])
    expect(setConfiguration).not.toHaveBeenCalled()
  })
})

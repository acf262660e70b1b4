/** The snapshot for bug reports. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { IceServerError } from '../../src/index.js'
import { createConnection } from '../support/attached-provider.js'
import { createProvider } from '../support/create-provider.js'
import { rejectionOf } from '../support/error-of.js'
import { advance, HOUR, MINUTE, NOW, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

const SECRETS = ['secret-user', 'secret-credential', 'secret-header', 'secret-cause']

describe('IceServerProvider.snapshot()', () => {
  it('describes a provider that has done nothing', () => {
    const { provider } = createProvider()
    expect(provider.snapshot()).toEqual({
      state: 'idle',
      isRefreshing: false,
      takenAt: NOW,
      nextRefreshAt: undefined,
      lastError: undefined,
      configuration: undefined,
      connections: [],
    })
  })

  it('describes the configuration and the open connections', async () => {
    const { provider } = createProvider(() => ({
      iceServers: [
        { urls: ['turn:t.org', 'turn:t.org:53'], username: 'secret-user', credential: 'secret-credential' },
      ],
      ttl: 3600,
      afterExpiry: 'keep',
    }))
    await provider.getIceServers()
    const [open, closed] = [createConnection({}), createConnection({})]
    provider.attach(open)
    provider.attach(closed)
    closed.signalingState = 'closed'
    await advance(MINUTE)
    expect(provider.snapshot()).toEqual({
      state: 'fresh',
      isRefreshing: false,
      takenAt: NOW + MINUTE,
      nextRefreshAt: NOW + 50 * MINUTE,
      lastError: undefined,
      configuration: {
        urls: ['turn:t.org'],
        expiresAt: NOW + HOUR,
        expirySource: 'ttl',
        fetchedAt: NOW,
        afterExpiry: 'keep',
        dropped: [{ url: 'turn:t.org:53', reason: expect.any(String) }],
      },
      connections: [
        {
          signalingState: 'stable',
          iceConnectionState: 'connected',
          restart: 'outdated',
          explanation: expect.objectContaining({ verdict: 'connected', missing: ['events', 'stats'] }),
        },
      ],
    })
  })

  it('contains no secret, also not of an error, and survives JSON', async () => {
    let isDown = false
    const { provider } = createProvider(
      () => {
        if (isDown) throw new IceServerError('ERR_HTTP', 'down', { cause: new Error('secret-cause') })
        return {
          iceServers: [{ urls: 'turn:t.org', username: 'secret-user', credential: 'secret-credential' }],
        }
      },
      { minRefreshIntervalMs: 1, headers: { authorization: 'secret-header' } },
    )
    await provider.getIceServers()
    provider.attach(createConnection({ iceServers: provider.current?.iceServers ?? [] }))
    isDown = true
    await advance(1)
    await rejectionOf(provider.refresh())
    const snapshot = provider.snapshot()
    expect(snapshot.lastError).toEqual({ code: 'ERR_HTTP', message: 'down' })
    const text = JSON.stringify(snapshot)
    for (const secret of SECRETS) expect(text).not.toContain(secret)
    expect(JSON.parse(text)).toMatchObject({ state: 'fresh', connections: [{ restart: 'current' }] })
  })
})

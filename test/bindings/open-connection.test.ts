import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  openConnection,
  type PeerConnectionOptions,
  type PeerConnectionResult,
} from '../../src/bindings/open-connection.js'
import { createProvider, deniedError, networkError, respondInTurn } from '../support/create-provider.js'
import { createFollowedProvider } from '../support/followed-provider.js'
import { statesOf, useRecordedConnections } from '../support/recorded-connections.js'
import { advance, HOUR, useFakeClock, useRealClock } from '../support/time.js'

const connections = useRecordedConnections()

function open(provider: ReturnType<typeof createProvider>['provider'], options: PeerConnectionOptions = {}) {
  const results: PeerConnectionResult[] = []
  return { results, ...openConnection(provider, options, (result) => results.push(result)) }
}

const response = { iceServers: [{ urls: 'turn:t.org', username: 'u1', credential: 'c' }], ttl: 3600 }

describe('openConnection()', () => {
  beforeEach(useFakeClock)
  afterEach(useRealClock)

  it('creates a connection with the configuration and the first servers, and keeps it attached', async () => {
    const { provider } = createFollowedProvider()
    const { results } = open(provider, { configuration: { iceTransportPolicy: 'relay' } })
    expect(connections).toEqual([])
    await advance(0)
    expect(results).toEqual([{ connection: connections[0], connectionState: 'new', error: undefined }])
    expect(connections[0]?.getConfiguration()).toMatchObject({ iceTransportPolicy: 'relay' })
    expect(connections[0]?.usernames).toEqual(['u1'])
    await advance(HOUR)
    expect(connections[0]?.usernames).toEqual(['u2'])
    expect(connections).toHaveLength(1)
  })

  it('reports the states of the connection until it is closed', async () => {
    const { provider } = createFollowedProvider()
    const { results, close } = open(provider)
    await advance(0)
    connections[0]?.changeState('connecting')
    connections[0]?.changeState('connected')
    close()
    connections[0]?.changeState('failed')
    expect(results.map(({ connectionState }) => connectionState)).toEqual(['new', 'connecting', 'connected'])
  })

  it('reports a failure, and creates the connection when the provider has recovered', async () => {
    const { provider } = createProvider(respondInTurn(networkError, response))
    const { results } = open(provider)
    await advance(0)
    expect(results).toEqual([{ connection: undefined, connectionState: 'new', error: networkError }])
    await advance(HOUR)
    expect(results.slice(1)).toEqual([
      { connection: connections[0], connectionState: 'new', error: undefined },
    ])
  })

  it('creates the connection after a denial when refresh() succeeds', async () => {
    const { provider } = createProvider(respondInTurn(deniedError, response))
    const { results } = open(provider)
    await advance(HOUR)
    expect(results).toEqual([expect.objectContaining({ error: deniedError })])
    void provider.refresh()
    await advance(0)
    expect(connections).toHaveLength(1)
  })

  it('creates no connection if it is closed while the servers are fetched', async () => {
    const { provider, endpoint, subscriptionCount } = createFollowedProvider()
    const { results, close } = open(provider)
    expect(endpoint).toHaveBeenCalledOnce()
    close()
    await advance(HOUR)
    expect([results, connections]).toEqual([[], []])
    expect(subscriptionCount()).toBe(0)
  })

  it('creates no connection if it is closed before it gets the servers that the provider has', async () => {
    const { provider } = createFollowedProvider()
    await provider.getIceServers()
    open(provider).close()
    await advance(0)
    expect(connections).toEqual([])
  })

  it('closes and detaches the connection, so that the provider stops refreshing', async () => {
    const { provider, endpoint, subscriptionCount } = createFollowedProvider()
    const { close } = open(provider)
    await advance(0)
    expect(subscriptionCount()).toBe(0)
    await advance(HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
    close()
    expect(statesOf(connections)).toEqual(['closed'])
    await advance(5 * HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
  })

  it('attaches the connection anew with other options, and only then ends the old ones', async () => {
    const { provider } = createFollowedProvider()
    const calls: string[] = []
    const attach = provider.attach.bind(provider)
    vi.spyOn(provider, 'attach').mockImplementation((connection, options = {}) => {
      calls.push(`attach ${options.restartIce}`)
      const detach = attach(connection, options)
      return () => {
        calls.push(`detach ${options.restartIce}`)
        detach()
      }
    })
    const { setOptions } = open(provider, { restartIce: 'never' })
    setOptions({ restartIce: 'lost' })
    await advance(0)
    setOptions({ restartIce: 'always' })
    expect(calls).toEqual(['attach lost', 'attach always', 'detach lost'])
    provider.close()
    expect(() => setOptions({ restartIce: 'never' })).not.toThrow()
    expect(statesOf(connections)).toEqual(['new'])
  })

  it('reports a closed provider', async () => {
    const { provider } = createFollowedProvider()
    provider.close()
    const { results } = open(provider)
    await advance(0)
    expect(results).toEqual([
      expect.objectContaining({ error: expect.objectContaining({ code: 'ERR_CLOSED' }) }),
    ])
  })

  it('reports options that attach() does not accept, and leaves no connection open', async () => {
    const { provider } = createFollowedProvider()
    const { results } = open(provider, { restartIce: 'sometimes' as 'always' })
    await advance(0)
    expect(results).toEqual([
      expect.objectContaining({ connection: undefined, error: expect.any(TypeError) }),
    ])
    expect(statesOf(connections)).toEqual(['closed'])
  })
})

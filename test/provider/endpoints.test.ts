/** Providers with several endpoints. */
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { IceServerError, IceServerProvider, type IceServerProviderOptions } from '../../src/index.js'
import { connections, useScriptedConnections } from '../diagnostics/scripted-connection.js'
import { attachConnection } from '../support/attached-provider.js'
import { busyError, deniedError, networkError } from '../support/create-provider.js'
import { rejectionOf } from '../support/error-of.js'
import { advance, HOUR, MINUTE, SECOND } from '../support/time.js'

const serverError = new IceServerError('ERR_HTTP', 'down', { status: 503 })
const relay = { type: 'relay', address: '192.0.2.1' }
const urlOf = (name: string) => `turn:${name}.org`

useScriptedConnections()

/** Creates a provider with the endpoints `a` and `b`, which respond with a TURN server of their name. */
function createWithTwo(options: IceServerProviderOptions = {}, errors: Record<string, unknown> = {}) {
  const requests: string[] = []
  const createEndpoint = (name: string) => async () => {
    requests.push(name)
    if (errors[name]) throw errors[name]
    return { iceServers: [{ urls: urlOf(name), username: `${requests.length}`, credential: 'c' }], ttl: 3600 }
  }
  const endpoints = [createEndpoint('a'), createEndpoint('b')]
  const provider = new IceServerProvider(endpoints, { random: () => 0.5, ...options })
  onTestFinished(() => provider.close())
  const codes: string[] = []
  provider.on('error', ({ code }) => code !== 'ERR_ICE_RESTART' && codes.push(code))
  const setReachable = (...names: string[]) => {
    connections.scripts = Object.fromEntries(names.map((name) => [urlOf(name), relay]))
  }
  setReachable('a', 'b')
  const hostInUse = () => String(provider.current?.iceServers[0]?.urls).replace(/turn:|\.org.*/g, '')
  return { provider, requests, errors, codes, hostInUse, setReachable }
}

describe('IceServerProvider with several endpoints', () => {
  it('requests the first only, as long as it responds', async () => {
    const { provider, requests, codes } = createWithTwo({ keepFresh: 'always' })
    await advance(5 * HOUR)
    expect(new Set(requests)).toEqual(new Set(['a']))
    expect([provider.state, codes]).toEqual(['fresh', []])
  })

  it.each([
    ['fails without a response', networkError],
    ['responds with a 5xx', serverError],
    ['responds with what is no configuration', new IceServerError('ERR_RESPONSE', 'HTML')],
  ])('requests the next one in the same refresh if the first %s, and reports it', async (_, error) => {
    const { provider, requests, errors, codes, hostInUse } = createWithTwo()
    errors.a = error
    await provider.getIceServers()
    expect([requests, hostInUse(), codes]).toEqual([['a', 'b'], 'b', [error.code]])
    expect([provider.state, provider.lastError]).toEqual(['fresh', undefined])
  })

  it('gives each endpoint its own time limit', async () => {
    const never = vi.fn(() => new Promise(() => {}))
    const provider = new IceServerProvider([never, () => [{ urls: 'stun:s.org' }]], { timeoutMs: 5 * SECOND })
    onTestFinished(() => provider.close())
    const pending = provider.getIceServers()
    await advance(5 * SECOND)
    expect(await pending).toEqual([{ urls: ['stun:s.org'] }])
    expect(never).toHaveBeenCalledOnce()
  })

  it('stays with the next one while the first has just failed, and goes back to it later', async () => {
    const { provider, requests, errors, hostInUse } = createWithTwo()
    errors.a = networkError
    await provider.getIceServers()
    delete errors.a
    await advance(30 * SECOND)
    await provider.refresh()
    expect([requests, hostInUse()]).toEqual([['a', 'b', 'b'], 'b'])
    await advance(31 * SECOND)
    await provider.refresh()
    expect([requests.at(-1), hostInUse()]).toEqual(['a', 'a'])
  })

  it.each([
    ['denies access', deniedError, 'denied'],
    ['is busy', busyError(MINUTE), 'failing'],
  ])('does not request the next one if the first %s', async (_, error, state) => {
    const { provider, requests, errors } = createWithTwo()
    errors.a = error
    expect(await rejectionOf(provider.getIceServers())).toBe(error)
    expect([requests, provider.state]).toEqual([['a'], state])
  })

  it('does not request an endpoint before its Retry-After is over', async () => {
    const busy = new IceServerError('ERR_HTTP', 'down', { status: 503, retryAfterMs: 20 * MINUTE })
    const { requests } = createWithTwo({ keepFresh: 'always' }, { a: busy, b: networkError })
    await advance(10 * MINUTE)
    expect(requests.slice(0, 2)).toEqual(['a', 'b'])
    expect(requests.filter((name) => name === 'a')).toHaveLength(1)
    expect(requests.length).toBeGreaterThan(3)
  })

  it('rejects with the error of the last one if all fail, and begins with the first at the next attempt', async () => {
    const { provider, requests, errors, codes } = createWithTwo()
    errors.a = networkError
    errors.b = serverError
    expect(await rejectionOf(provider.getIceServers())).toBe(serverError)
    expect(codes).toEqual(['ERR_NETWORK', 'ERR_HTTP'])
    errors.a = errors.b = undefined
    await advance(5 * SECOND)
    await provider.getIceServers()
    expect(requests).toEqual(['a', 'b', 'a'])
  })

  it('aborts the request in flight when it is closed', async () => {
    const signals: AbortSignal[] = []
    const endpoint = ({ signal }: { signal: AbortSignal }) => {
      signals.push(signal)
      return new Promise(() => {})
    }
    const provider = new IceServerProvider([endpoint, endpoint])
    const pending = rejectionOf(provider.getIceServers())
    await advance(1)
    provider.close()
    expect(await pending).toMatchObject({ code: 'ERR_CLOSED' })
    await advance(MINUTE)
    expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  })
})

describe('IceServerProvider with several endpoints, whose TURN servers fail', () => {
  it.each([
    [
      'a connection is disconnected',
      (pc: ReturnType<typeof attachConnection>) => pc.changeIceState('disconnected'),
    ],
    [
      'a TURN server does not respond',
      (pc: ReturnType<typeof attachConnection>) =>
        pc.rejectCredentials(`${urlOf('a')}:3478?transport=udp`, 701),
    ],
  ])(
    'moves calls to the next one if %s and no TURN server of the first can be reached',
    async (_, happen) => {
      const { provider, requests, codes, hostInUse, setReachable } = createWithTwo()
      await provider.getIceServers()
      const pc = attachConnection(provider)
      await advance(10 * SECOND)
      setReachable('b')
      happen(pc)
      await advance(10 * SECOND)
      expect([requests, hostInUse(), codes]).toEqual([['a', 'b'], 'b', ['ERR_UNREACHABLE']])
      expect(pc.iceServers).toEqual(provider.current?.iceServers)
      expect(pc.restartIce).toHaveBeenCalled()
    },
  )

  it('stays with the first if a relay address can be allocated, although the connection is lost', async () => {
    const { provider, requests, codes } = createWithTwo()
    await provider.getIceServers()
    const pc = attachConnection(provider)
    pc.changeIceState('disconnected')
    await advance(10 * SECOND)
    expect([requests, codes, connections.createdCount]).toEqual([['a'], [], 1])
  })

  it('moves to the next one if the TURN server of the first rejects the credentials', async () => {
    const { provider, requests, codes, hostInUse } = createWithTwo()
    await provider.getIceServers()
    attachConnection(provider).rejectCredentials(`${urlOf('a')}:3478?transport=udp`)
    await advance(10 * SECOND)
    expect([requests, hostInUse(), codes]).toEqual([['a', 'b'], 'b', ['ERR_CREDENTIALS_REJECTED']])
  })

  it('goes back to the first only once its TURN servers can be used', async () => {
    const { provider, requests, codes, hostInUse, setReachable } = createWithTwo({ keepFresh: 'always' })
    await provider.getIceServers()
    setReachable('b')
    attachConnection(provider).changeIceState('failed')
    await advance(10 * SECOND)
    expect(hostInUse()).toBe('b')
    await advance(2 * HOUR)
    expect(hostInUse()).toBe('b')
    expect(requests.filter((name) => name === 'a').length).toBeGreaterThan(1)
    expect(new Set(codes)).toEqual(new Set(['ERR_UNREACHABLE']))
    setReachable('a', 'b')
    await advance(2 * HOUR)
    expect(hostInUse()).toBe('a')
  })

  it('uses the servers of the first if nothing else can be used', async () => {
    const { provider, errors, codes, hostInUse, setReachable } = createWithTwo()
    await provider.getIceServers()
    setReachable()
    errors.b = networkError
    const pc = attachConnection(provider)
    pc.changeIceState('disconnected')
    await advance(MINUTE)
    expect(hostInUse()).toBe('a')
    expect(codes.slice(0, 2)).toEqual(['ERR_UNREACHABLE', 'ERR_NETWORK'])
  })

  it('reports servers that cannot be reached once, and makes a bounded number of requests', async () => {
    const { provider, requests, codes, setReachable } = createWithTwo()
    await provider.getIceServers()
    setReachable()
    const pc = attachConnection(provider)
    for (const state of ['disconnected', 'failed', 'checking', 'disconnected', 'failed'] as const) {
      pc.changeIceState(state)
      await advance(SECOND)
    }
    await advance(HOUR)
    expect(requests.length).toBeLessThan(40)
    expect(codes.length).toBeLessThan(40)
  })

  it('tests nothing with a single endpoint', async () => {
    const provider = new IceServerProvider(() => [{ urls: urlOf('a'), username: 'u', credential: 'c' }])
    onTestFinished(() => provider.close())
    await provider.getIceServers()
    attachConnection(provider).changeIceState('disconnected')
    await advance(10 * SECOND)
    expect(connections.createdCount).toBe(0)
  })

  it('requests the first endpoint if the servers that cannot be reached were pushed', async () => {
    const { provider, requests, setReachable, hostInUse } = createWithTwo()
    await provider.setResponse([{ urls: urlOf('pushed'), username: 'u', credential: 'c' }])
    setReachable('a', 'b')
    attachConnection(provider).changeIceState('disconnected')
    await advance(10 * SECOND)
    expect([requests, hostInUse()]).toEqual([['a'], 'a'])
  })
})

/** Which events of attached connections have the provider test whether the TURN servers can be reached. */
import { describe, expect, it, onTestFinished } from 'vitest'
import { IceServerProvider } from '../../src/index.js'
import { connections, useScriptedConnections } from '../diagnostics/scripted-connection.js'
import { attachConnection } from '../support/attached-provider.js'
import { advance, SECOND } from '../support/time.js'

useScriptedConnections()

const urlOf = (name: string) => `turn:${name}.org`
const UNREACHABLE = 701

/** Attaches two connections to a provider with the endpoints `a` and `b`, of which only `b` has a TURN server that responds. */
async function attachTwo() {
  const createEndpoint = (name: string) => () => ({
    iceServers: [{ urls: urlOf(name), username: 'u', credential: 'c' }],
    ttl: 3600,
  })
  const provider = new IceServerProvider(['a', 'b'].map(createEndpoint), { random: () => 0.5 })
  onTestFinished(() => provider.close())
  const codes: string[] = []
  provider.on('error', ({ code }) => codes.push(code))
  await provider.getIceServers()
  connections.scripts = { [urlOf('b')]: { type: 'relay', address: '192.0.2.1' } as object }
  const [pc, other] = [attachConnection(provider), attachConnection(provider)]
  await advance(SECOND)
  const urlInUse = () => provider.current?.iceServers[0]?.urls
  return { provider, pc, other, codes, urlInUse }
}

describe('attach() and TURN servers that may be unreachable', () => {
  it('uses the next endpoint after a TURN server has not responded to a connection', async () => {
    const { pc, codes, urlInUse } = await attachTwo()
    pc.rejectCredentials(`${urlOf('a')}:3478?transport=udp`, UNREACHABLE)
    await advance(10 * SECOND)
    expect(codes).toEqual(['ERR_UNREACHABLE'])
    expect(urlInUse()).toEqual([urlOf('b')])
  })

  it.each(['disconnected', 'failed'] as const)(
    'uses the next endpoint after one of several connections is %s',
    async (state) => {
      const { pc, codes, urlInUse } = await attachTwo()
      pc.changeIceState(state)
      await advance(10 * SECOND)
      expect(codes).toEqual(['ERR_UNREACHABLE'])
      expect(urlInUse()).toEqual([urlOf('b')])
    },
  )

  it.each(['checking', 'connected', 'completed'] as const)(
    'tests nothing when a connection is %s, and another one that is closed was disconnected',
    async (state) => {
      const { pc, other, urlInUse } = await attachTwo()
      other.iceConnectionState = 'disconnected'
      other.signalingState = 'closed'
      pc.changeIceState(state)
      await advance(10 * SECOND)
      expect(connections.createdCount).toBe(0)
      expect(urlInUse()).toEqual([urlOf('a')])
    },
  )

  it('tests nothing for a server of the application that does not respond', async () => {
    const { pc } = await attachTwo()
    pc.rejectCredentials('turn:own.example.org:3478?transport=udp', UNREACHABLE)
    await advance(10 * SECOND)
    expect(connections.createdCount).toBe(0)
  })
})

import { describe, expect, it, vi } from 'vitest'
import { canRelay } from '../../src/diagnostics/can-relay.js'
import { advance, MINUTE, SECOND } from '../support/time.js'
import { connections, type Script, useScriptedConnections } from './scripted-connection.js'

const TURN = 'turn:t.org'
const servers = [{ urls: TURN, username: 'u', credential: 'c' }]
const relay = { type: 'relay', address: '192.0.2.1' }

useScriptedConnections()

describe('canRelay', () => {
  it.each<[string, Script, boolean]>([
    ['a relay candidate', relay, true],
    [
      'a relay candidate, although one address of the server is unreachable',
      { ...relay, errorCodes: [701] },
      true,
    ],
    ['no candidate', {}, false],
    ['no response', { errorCodes: [701] }, false],
    ['rejected credentials', { errorCodes: [401] }, false],
    ['a reached quota: the server works', { errorCodes: [486] }, true],
    ['an error of the browser', { constructorError: new Error('too many connections') }, true],
  ])('resolves for %s, and closes its connection', async (_, script, isExpected) => {
    connections.scripts[TURN] = script
    expect(await canRelay(servers)).toBe(isExpected)
    expect(connections.openCount).toBe(0)
  })

  it('resolves with false if there is no response in time', async () => {
    connections.scripts[TURN] = { isSilent: true }
    const result = canRelay(servers)
    const onSettled = vi.fn()
    void result.then(onSettled)
    await advance(4 * SECOND)
    expect(onSettled).not.toHaveBeenCalled()
    await advance(MINUTE)
    expect([await result, connections.openCount]).toEqual([false, 0])
  })

  it('resolves with true without a TURN server, and without RTCPeerConnection', async () => {
    expect(await canRelay([{ urls: 'stun:s.org' }])).toBe(true)
    vi.stubGlobal('RTCPeerConnection', undefined)
    expect(await canRelay(servers)).toBe(true)
    expect(connections.createdCount).toBe(0)
  })
})

import { beforeEach, describe, expect, it, vi } from 'vitest'
import { urlKeysOf } from '../../src/config/server-keys.js'
import { ConfigurationAccess } from '../../src/peer/connection-configuration.js'
import { ServerWriter } from '../../src/peer/server-writer.js'
import { NEW, NEWER, OLD } from '../support/attached-provider.js'
import { FakeBrowserConnection, FakeFirefoxConnection } from '../support/fake-browser-connection.js'

const onError = vi.fn()
const createWriter = (pc: FakeBrowserConnection) => new ServerWriter(pc, new ConfigurationAccess(pc), onError)

beforeEach(() => void onError.mockClear())

describe('ServerWriter.keepTurnUrl', () => {
  const [UDP, TCP] = ['turn:new?transport=udp', 'turn:new?transport=tcp']
  const own = { urls: 'turn:own', username: 'own', credential: 'own' }
  const several = [{ urls: [UDP, TCP], username: 'u', credential: 'c' }]
  const issuedKeys = new Set([OLD, NEW, NEWER, several].flatMap((servers) => [...urlKeysOf(servers)]))
  const write = (pc: FakeBrowserConnection, mayDefer = true) => {
    const writer = createWriter(pc)
    pc.setConfiguration({ iceServers: [...OLD, own] })
    writer.write(
      { iceServers: several, issuedKeys: issuedKeys, deadline: 1000, isEvacuation: false },
      mayDefer,
    )
    return { pc, writer }
  }

  it('leaves one TURN URL of the provider, and the servers of the app', () => {
    const { pc, writer } = write(new FakeBrowserConnection())
    writer.keepTurnUrl(TCP)
    expect(pc.iceServers).toEqual([
      { ...several[0], urls: [TCP] },
      { ...own, urls: ['turn:own'] },
    ])
  })

  it.each([undefined, 'turn:own', 'turn:unknown'])('leaves all servers for %j', (url) => {
    const { pc, writer } = write(new FakeBrowserConnection())
    const before = pc.iceServers
    writer.keepTurnUrl(url)
    expect(pc.iceServers).toBe(before)
    expect(onError).not.toHaveBeenCalled()
  })

  it('leaves servers that the app has set without a URL to keep', () => {
    const { pc, writer } = write(new FakeBrowserConnection())
    pc.setConfiguration({ iceServers: [own] })
    writer.keepTurnUrl(undefined)
    expect(pc.iceServers).toEqual([own])
  })

  it('writes nothing while the servers are deferred, and nothing before there are any', () => {
    const { pc, writer } = write(new FakeFirefoxConnection())
    const before = pc.iceServers
    writer.keepTurnUrl(TCP)
    createWriter(pc).keepTurnUrl(TCP)
    expect(pc.iceServers).toBe(before)
    expect(onError).not.toHaveBeenCalled()
  })

  it('writes all servers again when there are other ones', () => {
    const { pc, writer } = write(new FakeBrowserConnection())
    writer.keepTurnUrl(TCP)
    writer.write({ iceServers: NEWER, issuedKeys: issuedKeys, deadline: 1000, isEvacuation: false }, true)
    expect(pc.iceServers).toEqual([...NEWER, { ...own, urls: ['turn:own'] }])
  })
})

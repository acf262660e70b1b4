import { describe, expect, it } from 'vitest'
import { includesUrl, selectServers } from '../../src/config/select-servers.js'

const credentials = { username: 'u', credential: 'secret' }

describe('selectServers', () => {
  it('returns the parsed URLs of the selected servers', () => {
    const body = [{ urls: 'stun:s:53' }, { urls: ['turn:t:53', 'TURN:t'], ...credentials }]
    const { iceServers, parsedServers } = selectServers(body, {})
    expect(iceServers).toEqual([{ urls: ['TURN:t'], ...credentials }])
    expect(parsedServers.map(({ urls }) => urls)).toEqual([
      [{ href: 'TURN:t', scheme: 'turn', host: 't', port: 3478, transport: 'udp' }],
    ])
  })
})

describe('includesUrl', () => {
  it('finds a URL in any spelling, anywhere in the list', () => {
    const servers = [{ urls: 'stun:s.org' }, { urls: ['turn:t.org', 'turns:t.org'], ...credentials }]
    for (const url of ['turn:T.org:3478?transport=udp', 'turns:t.org:5349?transport=tcp', 'stun:s.org'])
      expect(includesUrl(servers, url)).toBe(true)
    for (const url of ['turn:t.org:80', 'stun:t.org', 'nonsense'])
      expect(includesUrl(servers, url)).toBe(false)
  })
})

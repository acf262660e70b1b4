import { describe, expect, it } from 'vitest'
import { includesUrl, selectServers } from '../../src/config/select-servers.js'

const credentials = { username: 'u', credential: 'secret' }

describe('selectServers', () => {
  it('drops filtered and duplicate URLs, whatever their spelling', () => {
    const body = [{ urls: 'stun:s:53' }, { urls: ['turn:t:53', 'TURN:t', 'turn:t:3478'], ...credentials }]
    const { iceServers, dropped } = selectServers(body, {})
    expect(iceServers).toEqual([{ urls: ['TURN:t'], ...credentials }])
    expect(dropped.map(({ url }) => url)).toEqual(['turn:t:3478', 'stun:s:53', 'turn:t:53'])
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

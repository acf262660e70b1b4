import { describe, expect, it } from 'vitest'
import { selectServers } from '../../src/config/select-servers.js'

const credentials = { username: 'u', credential: 'secret' }

describe('selectServers', () => {
  it('drops filtered and duplicate URLs, whatever their spelling', () => {
    const body = [{ urls: 'stun:s:53' }, { urls: ['turn:t:53', 'TURN:t', 'turn:t:3478'], ...credentials }]
    const { iceServers, dropped } = selectServers(body, {})
    expect(iceServers).toEqual([{ urls: ['TURN:t'], ...credentials }])
    expect(dropped.map(({ url }) => url)).toEqual(['turn:t:3478', 'stun:s:53', 'turn:t:53'])
  })
})

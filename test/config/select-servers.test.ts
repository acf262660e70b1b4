import { describe, expect, it } from 'vitest'
import { selectServers } from '../../src/config/select-servers.js'
import { errorOf } from '../support/error-of.js'

const credentials = { username: 'u', credential: 'secret' }

describe('selectServers', () => {
  it('drops filtered and duplicate URLs, whatever their spelling', () => {
    const body = [{ urls: 'stun:s:53' }, { urls: ['turn:t:53', 'TURN:t', 'turn:t:3478'], ...credentials }]
    const { iceServers, dropped } = selectServers(body, {})
    expect(iceServers).toEqual([{ urls: ['TURN:t'], ...credentials }])
    expect(dropped.map(({ url }) => url)).toEqual(['turn:t:3478', 'stun:s:53', 'turn:t:53'])
  })

  it.each([1, 2, 10, 11])('names at most ten of %d dropped URLs if none is left', (count) => {
    const names = Array.from({ length: count }, (_, index) => `stun:s${index}.org:53`)
    const reasons = names.slice(0, 10).map((url) => `${url} was dropped (port 53, blocked by Chromium)`)
    expect(errorOf(() => selectServers([{ urls: names }], {}))).toMatchObject({
      code: 'ERR_ICE_SERVER',
      message: `no usable ICE server: ${reasons.join('; ')}`,
    })
  })
})

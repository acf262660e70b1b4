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

  it('leaves out what browsers would reject, and lists it with its path and reason', () => {
    const body = {
      iceServers: [
        { urls: 'stun:s' },
        { urls: ['turn:t', 'http://secret@x', 'turn:t:99999'], ...credentials },
        { urls: 'turn:t2', username: 'u' },
        'turn:t3',
        { urls: [] },
        { urls: 'turn:t4', username: {}, credential: 'secret' },
      ],
    }
    const { iceServers, dropped } = selectServers(body, {})
    expect(iceServers).toEqual([{ urls: ['stun:s'] }, { urls: ['turn:t'], ...credentials }])
    expect(dropped).toEqual([
      { path: 'iceServers[1].urls[1]', reason: 'the URL must begin with stun:, stuns:, turn: or turns:' },
      { path: 'iceServers[1].urls[2]', reason: 'the port must be a number from 1 to 65535' },
      { path: 'iceServers[2].credential', reason: 'required for TURN URLs' },
      { path: 'iceServers[3]', reason: 'must be an object' },
      { path: 'iceServers[4].urls', reason: 'must not be empty' },
      { path: 'iceServers[5].username', reason: 'must be a string' },
    ])
  })

  it.each(['oauth', 'token', 0, {}])('leaves out a server with the credentialType %j', (credentialType) => {
    const body = [{ urls: 'stun:s' }, { urls: 'turn:t', ...credentials, credentialType }]
    const { iceServers, dropped } = selectServers(body, {})
    expect(iceServers).toEqual([{ urls: ['stun:s'] }])
    expect(dropped).toEqual([{ path: 'iceServers[1].credentialType', reason: "must be 'password'" }])
    const snakeCase = [{ urls: 'turn:t', ...credentials, credential_type: credentialType }]
    expect(errorOf(() => selectServers(snakeCase, {})).message).toContain('credentialType')
  })

  it.each(['password', 'PASSWORD'])(
    'uses a server with the credentialType %j, without that member',
    (type) => {
      const body = [{ urls: ['turn:t'], ...credentials, credentialType: type }]
      expect(selectServers(body, {}).iceServers).toStrictEqual([{ urls: ['turn:t'], ...credentials }])
    },
  )

  it('rejects the response because of one invalid URL if invalidServers is reject', () => {
    const body = [{ urls: ['stun:s', 'bad'] }]
    expect(errorOf(() => selectServers(body, { invalidServers: 'reject' }))).toMatchObject({
      code: 'ERR_ICE_SERVER',
      message: 'iceServers[0].urls[1]: the URL must begin with stun:, stuns:, turn: or turns:',
    })
  })

  it('rejects a response whose servers are all invalid, and names the problems', () => {
    expect(errorOf(() => selectServers([{ urls: 'turn:t', username: 'u' }], {}))).toMatchObject({
      code: 'ERR_ICE_SERVER',
      message: 'iceServers[0].credential: required for TURN URLs',
    })
    const body = [{ urls: 'turn:t' }, { urls: 'stun:s:53' }]
    expect(errorOf(() => selectServers(body, {}))).toMatchObject({
      code: 'ERR_ICE_SERVER',
      message:
        'no usable ICE server: iceServers[0].username: required for TURN URLs; iceServers[0].credential: required for TURN URLs; stun:s:53 was dropped (port 53, blocked by Chromium)',
    })
  })

  it('removes white space and line breaks around URLs', () => {
    const body = [{ urls: [' turn:t\n', 'turn:t2?transport=tcp\r\n'], ...credentials }]
    expect(selectServers(body, {}).iceServers[0]?.urls).toEqual(['turn:t', 'turn:t2?transport=tcp'])
  })

  it('accepts a response that is deliberately without servers, unless TURN is required', () => {
    expect(selectServers({ iceServers: [] }, {})).toMatchObject({ iceServers: [], dropped: [] })
    expect(errorOf(() => selectServers({ iceServers: [] }, { requireTurn: true }))).toMatchObject({
      code: 'ERR_RESPONSE',
      message: 'the list of ICE servers in the response is empty',
    })
  })

  it.each([[{}], [null], [''], [{ iceServers: null }], [{ uris: [] }], [{ iceServers: [{}] }]])(
    'rejects %j, which is not deliberately without servers',
    (body) => {
      expect(['ERR_RESPONSE', 'ERR_ICE_SERVER']).toContain(errorOf(() => selectServers(body, {})).code)
    },
  )
})

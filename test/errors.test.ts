import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { IceServerError, isIceServerError } from '../src/errors.js'
import { TurnApiError } from '../src/server/index.js'

describe('IceServerError', () => {
  it('has a code, a message and its details', () => {
    const cause = new Error('underlying')
    const error = new IceServerError('ERR_HTTP', 'message', { status: 429, retryAfterMs: 5000, cause })
    expect(error).toMatchObject({
      name: 'IceServerError',
      code: 'ERR_HTTP',
      status: 429,
      retryAfterMs: 5000,
      cause,
    })
    expect(`${error}`).toBe('IceServerError: message')
    expect(JSON.parse(JSON.stringify(error))).toEqual({ code: 'ERR_HTTP', status: 429, retryAfterMs: 5000 })
    expect(inspect(error)).toContain('underlying')
  })

  it('copies only known details, not the members of an error of an HTTP library', () => {
    const httpError = Object.assign(new Error('x'), {
      name: 'AxiosError',
      status: 500,
      config: { token: 'secret' },
    })
    const error = new IceServerError('ERR_HTTP', 'message', httpError)
    expect(JSON.parse(JSON.stringify(error))).toEqual({ code: 'ERR_HTTP', status: 500 })
    const api = new TurnApiError('message', httpError)
    expect(JSON.parse(JSON.stringify(api))).toEqual({ status: 500, errors: [] })
  })

  it('names the TURN server that rejected the credentials, and its STUN error code', () => {
    const error = new IceServerError('ERR_CREDENTIALS_REJECTED', 'message', {
      url: 'turn:t.org',
      stunCode: 401,
    })
    expect(error).toMatchObject({ url: 'turn:t.org', stunCode: 401 })
  })

  it('has no cause if none was passed', () => {
    expect('cause' in new IceServerError('ERR_HTTP', 'message')).toBe(false)
  })

  it.each([
    ['ERR_DENIED', true],
    ['ERR_CLOSED', true],
    ['ERR_REQUEST', true],
    ['ERR_CREDENTIALS_REJECTED', false],
    ['ERR_NETWORK', false],
    ['ERR_EXPIRED', false],
  ] as const)('has for the code %s the member fatal: %s', (code, fatal) => {
    expect(new IceServerError(code, '').fatal).toBe(fatal)
  })

  it('can be fatal whatever its code is', () => {
    expect(new IceServerError('ERR_RESPONSE', '', { fatal: true }).fatal).toBe(true)
  })

  it('is recognized across copies of the package', () => {
    const foreign = Object.assign(new Error('x'), { name: 'IceServerError', code: 'ERR_HTTP' })
    expect([new IceServerError('ERR_HTTP', ''), foreign].map(isIceServerError)).toEqual([true, true])
    expect([new Error('x'), null, undefined, 'IceServerError', {}].map(isIceServerError)).not.toContain(true)
  })
})

import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { IceServerError, isIceServerError } from '../src/errors.js'
import { TurnApiError } from '../src/server/index.js'

describe('IceServerError', () => {
  it('carries what is known', () => {
    const cause = new Error('beneath')
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
    expect(inspect(error)).toContain('beneath')
  })

  it('takes nothing else of what it is given, such as an error of an HTTP library', () => {
    const given = Object.assign(new Error('x'), {
      name: 'AxiosError',
      status: 500,
      config: { token: 'secret' },
    })
    const error = new IceServerError('ERR_HTTP', 'message', given)
    expect(JSON.parse(JSON.stringify(error))).toEqual({ code: 'ERR_HTTP', status: 500 })
    const api = new TurnApiError('message', given)
    expect(JSON.parse(JSON.stringify(api))).toEqual({ status: 500, errors: [] })
  })

  it('has no cause unless there is one', () => {
    expect('cause' in new IceServerError('ERR_HTTP', 'message')).toBe(false)
  })

  it.each([
    ['ERR_DENIED', true],
    ['ERR_CLOSED', true],
    ['ERR_NETWORK', false],
    ['ERR_EXPIRED', false],
  ] as const)('with %s is fatal: %s', (code, fatal) => {
    expect(new IceServerError(code, '').fatal).toBe(fatal)
  })

  it('is known across copies of the package', () => {
    const foreign = Object.assign(new Error('x'), { name: 'IceServerError', code: 'ERR_HTTP' })
    expect([new IceServerError('ERR_HTTP', ''), foreign].map(isIceServerError)).toEqual([true, true])
    expect([new Error('x'), null, undefined, 'IceServerError', {}].map(isIceServerError)).not.toContain(true)
  })
})

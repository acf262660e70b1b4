import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { safeCause } from '../src/safe-cause.js'

describe('safeCause', () => {
  it('keeps names and system codes, also of causes of causes', () => {
    const system = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), {
      code: 'ECONNREFUSED',
      syscall: 'connect',
    })
    expect(safeCause(new TypeError('fetch failed', { cause: system })).message).toBe(
      'TypeError Error ECONNREFUSED connect',
    )
  })

  it('contains nothing that was sent or received', () => {
    const parserError = Object.assign(new Error('secret in the message'), {
      name: 'HTTPParserError',
      code: 'HPE_INVALID_CONSTANT',
      data: '{"credential":"secret"}',
      base: 'https://h/ice?token=secret',
    })
    const cause = safeCause(new TypeError('fetch failed', { cause: parserError }))
    expect(inspect(cause, { depth: 9, showHidden: true })).not.toContain('secret')
    expect(cause.message).toBe('TypeError HTTPParserError HPE_INVALID_CONSTANT')
  })

  it.each([undefined, null, 'secret', 5, {}])('returns an error without details for %j', (value) => {
    expect(safeCause(value).message).toBe('unknown')
  })

  it('ends for an error that is its own cause', () => {
    const error: Error & { cause?: unknown } = new Error('x')
    error.cause = error
    expect(safeCause(error).message).toBe('Error')
  })
})

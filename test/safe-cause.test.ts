import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import { causeWithout, safeCause } from '../src/safe-cause.js'

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

  it.each(['Request is not defined', "Can't find variable: Request", "Property 'Request' doesn't exist"])(
    'keeps the message %j of an engine that lacks a class',
    (message) => {
      const cause = new ReferenceError(message)
      expect(safeCause(cause).message).toBe(`ReferenceError: ${message}`)
      expect(safeCause(new TypeError('fetch failed', { cause })).message).toBe(`ReferenceError: ${message}`)
    },
  )

  it('keeps no other message of a ReferenceError', () => {
    expect(safeCause(new ReferenceError('no secret here')).message).toBe('ReferenceError')
  })
})

describe('causeWithout', () => {
  it('keeps the name and the message, without the values and the words in them', () => {
    const error = new TypeError('"Bearer secret-1" is invalid: secret-1 of Bearer')
    expect(causeWithout(['Bearer secret-1\u0000'], error).message).toBe('TypeError: "… …" is invalid: … of …')
  })

  it.each([undefined, 'secret', { message: 5 }])('returns an error without details for %j', (value) => {
    expect(causeWithout([], value).message).toBe('unknown')
  })
})

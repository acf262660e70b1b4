import { describe, expect, it } from 'vitest'
import { assertKnownOptions, assertOption, describeValue } from '../src/option-checks.js'

describe('assertOption', () => {
  it('throws with the owner, the option, what it must be, and what was passed', () => {
    expect(() => assertOption(false, 'create()', 'secret', 'a string', 5)).toThrow(
      new TypeError('create(): secret must be a string, got 5'),
    )
  })

  it('returns if the condition holds', () => {
    expect(assertOption(true, 'create()', 'secret', 'a string', 'x')).toBeUndefined()
  })
})

describe('assertKnownOptions', () => {
  const KNOWN = ['timeoutMs', 'allowedOrigins', 'now']

  it.each([
    ['allowedOrigin', 'allowedOrigins'],
    ['allowedorigins', 'allowedOrigins'],
    ['timeout', 'timeoutMs'],
    ['timeoutSec', 'timeoutMs'],
    ['nows', 'now'],
  ])('suggests for %s the known option %s', (name, nearest) => {
    expect(() => assertKnownOptions('f()', { [name]: 1 }, KNOWN)).toThrow(
      new TypeError(`f(): unknown option ${name} (did you mean ${nearest}?)`),
    )
  })

  it('lists all options if none is near', () => {
    expect(() => assertKnownOptions('f()', { authorization: 1 }, KNOWN)).toThrow(
      new TypeError('f(): unknown option authorization; known options: timeoutMs, allowedOrigins, now'),
    )
  })

  it('accepts known options, also without a value', () => {
    expect(assertKnownOptions('f()', { now: undefined, timeoutMs: 5 }, KNOWN)).toBeUndefined()
  })

  it('cuts a long unknown name', () => {
    expect(() => assertKnownOptions('f()', { ['x'.repeat(1e6)]: 1 }, KNOWN)).toThrow(/^.{1,200}$/)
  })

  it.each([undefined, null, 'x', 5, [], () => {}, Promise.resolve()])('rejects %s as options', (options) => {
    expect(() => assertKnownOptions('f()', options, KNOWN)).toThrow(/^f\(\): options must be an object, got /)
  })
})

describe('describeValue', () => {
  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [5, '5'],
    [Number.NaN, 'NaN'],
    [false, 'false'],
    ['', 'an empty string'],
    ['secret', 'a string'],
    [5n, 'a bigint'],
    [() => {}, 'a function'],
    [[], 'an empty array'],
    [['secret'], 'an array'],
    [Promise.resolve(), 'a Promise (forgot await?)'],
    [{ secret: 'secret' }, 'an object'],
  ])('describes %s as %s', (value, description) => {
    expect(describeValue(value)).toBe(description)
  })
})

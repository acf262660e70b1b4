import { describe, expect, it } from 'vitest'
import { classifyStunError, describeStunError } from '../../src/index.js'

describe('classifyStunError', () => {
  it.each([
    [400, 'credentials-rejected'],
    [401, 'credentials-rejected'],
    [403, 'credentials-rejected'],
    [437, 'credentials-rejected'],
    [438, 'credentials-rejected'],
    [441, 'credentials-rejected'],
    [442, 'other'],
    [486, 'quota'],
    [508, 'other'],
    [701, 'unreachable'],
    [0, 'other'],
    [Number.NaN, 'other'],
  ])('classifies %d as %s', (code, expected) => {
    expect(classifyStunError(code)).toBe(expected)
  })
})

describe('describeStunError', () => {
  it('describes every code that classifyStunError knows, and names an unknown one', () => {
    const codes = [400, 401, 403, 437, 438, 441, 442, 486, 508, 701]
    const descriptions = codes.map(describeStunError)
    expect(new Set(descriptions).size).toBe(codes.length)
    expect(descriptions.filter((text) => /error \d/.test(text))).toEqual([])
    expect(describeStunError(599)).toBe('the server responded with error 599')
  })
})

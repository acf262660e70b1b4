import { describe, expect, it } from 'vitest'
import { parseHttpDate, parseSecondsAsMs, parseTimestamp } from '../../src/config/timestamps.js'

const AT = Date.UTC(2026, 10, 24, 10, 0, 0)

describe('parseTimestamp', () => {
  it.each([
    ['seconds', AT / 1000],
    ['milliseconds', AT],
    ['seconds as a string', `${AT / 1000}`],
    ['milliseconds as a string', `${AT}`],
    ['fractions of a second', `${AT / 1000}.000`],
    ['ISO 8601 in UTC', '2026-11-24T10:00:00Z'],
    ['ISO 8601 with milliseconds', '2026-11-24T10:00:00.000Z'],
    ['ISO 8601 with an offset', '2026-11-24T12:30:00+02:30'],
    ['ISO 8601 with a short offset', '2026-11-24T12:30:00+0230'],
    ['ISO 8601 without a zone, as UTC', '2026-11-24T10:00:00'],
  ])('parses %s', (_, value) => {
    expect(parseTimestamp(value)).toBe(AT)
  })

  it('interprets numbers from 1e11 as ms, and smaller ones as seconds', () => {
    expect([parseTimestamp(1e11 - 1), parseTimestamp(1e11), parseTimestamp(8.64e15)]).toEqual([
      1e14 - 1000,
      1e11,
      8.64e15,
    ])
  })

  it.each([
    'soon',
    '',
    ' ',
    '2026-11-24',
    '2026-11-24T99:00:00Z',
    '1e9',
    '0x10',
    '1,5',
    `${'9'.repeat(400)}`,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    null,
    undefined,
    {},
    [AT],
    ['2026-11-24T10:00:00Z'],
    8.65e15,
    true,
    new Date(AT),
  ])('returns undefined for %j', (value) => {
    expect(parseTimestamp(value)).toBeUndefined()
  })
})

describe('parseSecondsAsMs', () => {
  it.each([
    [3600, 3_600_000],
    ['3600', 3_600_000],
    ['86400.000s', 86_400_000],
    ['1.5', 1500],
    [0, 0],
    [-5, -5000],
  ])('parses %j', (value, ms) => {
    expect(parseSecondsAsMs(value)).toBe(ms)
  })

  it.each(['', 's', '1h', '3600 s', 'Infinity', Number.NaN, 1e308, null, undefined, {}, false])(
    'returns undefined for %j',
    (value) => {
      expect(parseSecondsAsMs(value)).toBeUndefined()
    },
  )
})

describe('parseHttpDate', () => {
  it('parses the date format of RFC 9110', () => {
    expect(parseHttpDate('Tue, 24 Nov 2026 10:00:00 GMT')).toBe(AT)
  })

  it.each(['0', '-1', '120', 'soon', '', null, undefined])('returns undefined for %j', (value) => {
    expect(parseHttpDate(value)).toBeUndefined()
  })
})

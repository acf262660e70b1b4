import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { parseHttpDate, parseSecondsAsMs, parseTimestamp } from '../../src/config/timestamps.js'

const AT = Date.UTC(2026, 10, 24, 10, 0, 0)

afterEach(() => void vi.unstubAllEnvs())

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
    ['ISO 8601 without seconds', '2026-11-24T10:00Z'],
    ['RFC 3339 in lower case', '2026-11-24t10:00:00z'],
    ['RFC 3339 with a space', '2026-11-24 10:00:00Z'],
    ['the time of MySQL', '2026-11-24 10:00:00'],
    ['the time of PostgreSQL', '2026-11-24 12:00:00.000000+02'],
    ['the time of Python', '2026-11-24 12:30:00.000000+02:30'],
    ['the time of Ruby', '2026-11-24 10:00:00 UTC'],
    ['the time of Go', '2026-11-24 02:00:00.000000000 -0800 PST m=+0.000015'],
    ['the time of Java', '2026-11-24T11:00:00+01:00[Europe/Berlin]'],
    ['a leap second', '2026-11-24T09:59:60Z'],
    ['white space around it', ' 2026-11-24T10:00:00Z\n'],
    ['the date of an e-mail (Twilio)', 'Tue, 24 Nov 2026 10:00:00 +0000'],
    ['a Date', new Date(AT)],
    ['a Date of another realm', runInNewContext(`new Date(${AT})`)],
  ])('parses %s', (_, value) => {
    expect(parseTimestamp(value)).toBe(AT)
  })

  it('keeps the ms of a fraction with any number of digits', () => {
    const fractions = ['.5', '.123', '.123456789', ',25'].map((text) =>
      parseTimestamp(`2026-11-24 10:00:00${text}`),
    )
    expect(fractions.map((time) => Number(time) - AT)).toEqual([500, 123, 123, 250])
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
    '2026-11-24T10:60:00Z',
    '2026-02-30T10:00:00Z',
    '2026-13-24T10:00:00Z',
    '2026-11-24T10:00:00 CET', // not in RFC 3339, and not known to every engine
    '2026-11-24T10:00:00[Europe/Berlin]',
    '2026-11-24T10:00:00+1',
    new Date(Number.NaN),
    { [Symbol.toStringTag]: 'Data' },
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
  ])('returns undefined for %j', (value) => {
    expect(parseTimestamp(value)).toBeUndefined()
  })
})

describe('parseTimestamp and parseHttpDate', () => {
  it.each([
    ['many spaces', `${' '.repeat(500_000)}x${' '.repeat(500_000)}x`],
    ['many letters', 'a'.repeat(1_000_000)],
    ['a long fraction', `2026-11-24T10:00:00.${'1'.repeat(1_000_000)}x`],
    ['a long zone', `2026-11-24T10:00:00+01:00[${'['.repeat(1_000_000)}`],
    ['many digits', `${'1'.repeat(1_000_000)}x`],
  ])('reject %s of a megabyte in linear time', (_, text) => {
    expect([parseTimestamp(text), parseHttpDate(text)]).toEqual([undefined, undefined])
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
  it.each([
    ['an IMF-fixdate', 'Tue, 24 Nov 2026 10:00:00 GMT'],
    ['an rfc850-date', 'Tuesday, 24-Nov-26 10:00:00 GMT'],
    ['an asctime-date', 'Tue Nov 24 10:00:00 2026'],
  ])('parses %s in every time zone', (_, value) => {
    for (const zone of ['UTC', 'America/New_York', 'Asia/Kolkata']) {
      vi.stubEnv('TZ', zone)
      expect(parseHttpDate(value)).toBe(AT)
    }
  })

  it('parses an asctime-date with a day of one digit, and an rfc850-date of the last century', () => {
    const at = Date.UTC(1994, 10, 6, 8, 49, 37)
    expect(parseHttpDate('Sun Nov  6 08:49:37 1994')).toBe(at)
    expect(parseHttpDate('Sunday, 06-Nov-94 08:49:37 GMT')).toBe(at)
  })

  it.each([
    'Tue, 24 Nov 2026',
    'Tue, 32 Nov 2026 10:00:00 GMT',
    'Tue Abc 24 10:00:00 2026',
    '0',
    '-1',
    '120',
    'soon',
    '',
    null,
    undefined,
  ])('returns undefined for %j', (value) => {
    expect(parseHttpDate(value)).toBeUndefined()
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseIceUrl } from '../../src/config/ice-url.js'
import { nearlyUrls, validUrls } from '../support/ice-url-arbitraries.js'
import { URL_VECTORS } from './ice-url-vectors.js'

describe('parseIceUrl', () => {
  it.each(URL_VECTORS.map(([href, expected]) => [href, expected] as const))('parses %j', (href, expected) => {
    const ok = typeof expected !== 'string'
    expect(parseIceUrl(href)).toEqual(ok ? { ok, url: { href, ...expected } } : { ok, reason: expected })
  })

  it('rejects a value that is not text, as an icecandidateerror event can have it', () => {
    const values = [null, undefined, 5] as unknown as string[]
    expect(values.map((value) => parseIceUrl(value).ok)).toEqual([false, false, false])
  })

  it.each([
    ['a long scheme', 's'.repeat(1_000_000)],
    ['a long host', `turn:${'a'.repeat(1_000_000)}`],
    ['many spaces', `turn:${' '.repeat(1_000_000)}x`],
    ['many labels', `turn:${'a.'.repeat(500_000)}`],
    ['many colons', `turn:${':'.repeat(1_000_000)}`],
    ['many brackets', `turn:${'['.repeat(500_000)}${']'.repeat(500_000)}`],
    ['a long IPv6 address', `turn:[${'0:'.repeat(500_000)}]`],
    ['a long port', `turn:h:${'1'.repeat(1_000_000)}`],
    ['a long query', `turn:h?${'transport='.repeat(100_000)}`],
  ])('rejects %s of a megabyte in linear time', (_, url) => {
    expect(parseIceUrl(url).ok).toBe(false) // A quadratic parser exceeds the test's time limit.
  })

  it('accepts names that are longer than those of DNS, up to 4096 characters', () => {
    const isOk = [253, 254, 255, 4096, 4097].map((length) => parseIceUrl(`turn:${'a'.repeat(length)}`).ok)
    expect(isOk).toEqual([true, true, true, true, false])
  })

  it('accepts the Punycode that the platform’s URL parser accepts', () => {
    expect(parseIceUrl('stun:xn--a').ok).toBe(URL.canParse('https://xn--a'))
  })

  it('returns the parts that a URL was generated from', () => {
    fc.assert(
      fc.property(validUrls(), ({ href, ...parts }) => {
        expect(parseIceUrl(href)).toEqual({ ok: true, url: { href, ...parts } })
      }),
    )
  })

  it('never throws, and returns a URL that it parses in the same way', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), nearlyUrls()), (text) => {
        const parsed = parseIceUrl(text)
        if (parsed.ok) expect(parseIceUrl(parsed.url.href)).toEqual(parsed)
        else expect(parsed.reason).not.toBe('')
      }),
      { numRuns: 2000 },
    )
  })
})

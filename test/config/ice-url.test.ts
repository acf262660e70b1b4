import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseIceUrl } from '../../src/config/ice-url.js'
import { URL_VECTORS } from './ice-url-vectors.js'

describe('parseIceUrl', () => {
  it.each(URL_VECTORS)('reads %j', (href, expected) => {
    const ok = typeof expected !== 'string'
    expect(parseIceUrl(href)).toEqual(ok ? { ok, url: { href, ...expected } } : { ok, reason: expected })
  })

  it.each([
    ['a long scheme', 's'.repeat(1_000_000)],
    ['a long host', `turn:${'a'.repeat(1_000_000)}`],
    ['many labels', `turn:${'a.'.repeat(500_000)}`],
    ['many colons', `turn:${':'.repeat(1_000_000)}`],
    ['many brackets', `turn:${'['.repeat(500_000)}${']'.repeat(500_000)}`],
    ['a long IPv6 address', `turn:[${'0:'.repeat(500_000)}]`],
    ['a long port', `turn:h:${'1'.repeat(1_000_000)}`],
    ['a long query', `turn:h?${'transport='.repeat(100_000)}`],
  ])('refuses %s of a megabyte in linear time', (_, url) => {
    expect(parseIceUrl(url).ok).toBe(false) // a quadratic parser does not come back within the test's time
  })

  it('gives back every URL it was made from', () => {
    const labels = fc.stringMatching(/^[a-z][a-z0-9_-]{0,20}$/)
    const names = fc.array(labels, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'))
    const hosts = fc.oneof(
      names,
      fc.ipV4(),
      fc.ipV6().map((address) => `[${address}]`),
    )
    const parts = fc.record({
      scheme: fc.constantFrom('stun', 'stuns', 'turn', 'turns'),
      host: hosts.filter((host) => !host.includes('xn--')),
      port: fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined }),
      transport: fc.constantFrom(undefined, 'udp', 'tcp'),
    })
    fc.assert(
      fc.property(parts, ({ scheme, host, port, transport }) => {
        const isTls = scheme.endsWith('s')
        const query = scheme.startsWith('turn') && transport ? `?transport=${transport}` : ''
        const href = `${scheme}:${host}${port === undefined ? '' : `:${port}`}${query}`
        const expected = {
          href,
          scheme,
          host: host.toLowerCase(),
          port: port ?? (isTls ? 5349 : 3478),
          transport: query === '' ? (isTls ? 'tcp' : 'udp') : transport,
        }
        expect(parseIceUrl(href)).toEqual({ ok: true, url: expected })
      }),
    )
  })

  it('never throws, and accepts nothing with a character that no URL of this kind has', () => {
    const near = fc
      .array(
        fc.constantFrom(
          'turn:',
          'stuns:',
          '[',
          ']',
          ':',
          '::',
          '?',
          'transport=',
          'udp',
          'a',
          '.',
          '1',
          '/',
          '@',
          '#',
          ' ',
          '\t',
          'ä',
        ),
      )
      .map((pieces) => pieces.join(''))
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), near), (text) => {
        const parsed = parseIceUrl(text)
        if (parsed.ok) expect(text).toMatch(/^[\w.:?=[\]-]+$/)
        else expect(parsed.reason).not.toBe('')
      }),
      { numRuns: 2000 },
    )
  })
})

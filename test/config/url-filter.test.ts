import { describe, expect, it } from 'vitest'
import { type IceUrl, parseIceUrl } from '../../src/config/ice-url.js'
import { limitUrls, withoutPort53 } from '../../src/config/url-filter.js'
import { errorOf } from '../support/error-of.js'

const parsed = (...hrefs: string[]): IceUrl[] =>
  hrefs.map((href) => {
    const result = parseIceUrl(href)
    if (!result.ok) throw new Error(href)
    return result.url
  })
const hrefs = (urls: readonly IceUrl[]) => urls.map(({ href }) => href)

const CLOUDFLARE = parsed(
  'stun:stun.cloudflare.com:3478',
  'turn:turn.cloudflare.com:3478?transport=udp',
  'turn:turn.cloudflare.com:3478?transport=tcp',
  'turn:turn.cloudflare.com:53?transport=udp',
  'turn:turn.cloudflare.com:80?transport=tcp',
  'turns:turn.cloudflare.com:5349?transport=tcp',
  'turns:turn.cloudflare.com:443?transport=tcp',
)

describe('withoutPort53', () => {
  it('drops port 53 and keeps 5349, 5353 and hosts that contain 53', () => {
    const urls = parsed(
      'turn:h:53',
      'turns:h:53',
      'stun:h:53',
      'turn:h:5349',
      'turn:h:5353',
      'turn:h53',
      'stun:[::53]',
    )
    expect(hrefs(withoutPort53(urls))).toEqual(['turn:h:5349', 'turn:h:5353', 'turn:h53', 'stun:[::53]'])
  })

  it('keeps six of the seven URLs of Cloudflare', () => {
    expect(withoutPort53(CLOUDFLARE)).toHaveLength(6)
  })
})

describe('limitUrls', () => {
  const sorted = [
    'turn:turn.cloudflare.com:3478?transport=udp',
    'turns:turn.cloudflare.com:443?transport=tcp',
    'turn:turn.cloudflare.com:3478?transport=tcp',
    'stun:stun.cloudflare.com:3478',
    'turns:turn.cloudflare.com:5349?transport=tcp',
    'turn:turn.cloudflare.com:80?transport=tcp',
  ]

  it.each([1, 2, 3, 4, 5, 6])('keeps %d URLs with as many transports as possible', (count) => {
    expect(hrefs(limitUrls(count)(withoutPort53(CLOUDFLARE))).sort()).toEqual(sorted.slice(0, count).sort())
  })

  const TURN_UDP = 'turn:u'
  const TURN_TCP = 'turn:t?transport=tcp'
  const TLS_443 = 'turns:s:443?transport=tcp'
  const others = ['stun:a', 'turns:d:443?transport=udp', 'turns:s:5349', 'stun:b']

  it('always keeps TURN over UDP, over TLS on port 443, and over TCP, in any order of the URLs', () => {
    for (const list of [
      [...others, TURN_TCP, TLS_443, TURN_UDP],
      [TLS_443, TURN_UDP, ...others, TURN_TCP],
    ]) {
      const keep = (count: number) => hrefs(limitUrls(count)(parsed(...list))).sort()
      expect(keep(2)).toEqual([TURN_UDP, TLS_443].sort())
      expect(keep(3)).toEqual([TURN_UDP, TLS_443, TURN_TCP].sort())
    }
  })

  it('prefers every other URL to TURN over DTLS, which no browser supports', () => {
    const dtls = 'turns:d:443?transport=udp'
    expect(hrefs(limitUrls(2)(parsed(dtls, 'stun:a', 'turns:s')))).toEqual(['turns:s', 'stun:a'])
    expect(hrefs(limitUrls(2)(parsed(dtls, 'stun:a')))).toEqual(['stun:a', dtls])
  })

  it('keeps all URLs if there are fewer than the limit', () => {
    expect(limitUrls(100)(CLOUDFLARE)).toHaveLength(7)
    expect(limitUrls(1)([])).toEqual([])
  })

  it('keeps several URLs of one transport if there is no other', () => {
    expect(hrefs(limitUrls(2)(parsed('stun:a', 'stun:b', 'stun:c')))).toEqual(['stun:a', 'stun:b'])
  })

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '4' as unknown as number])(
    'throws a TypeError for a count of %j',
    (count) => {
      expect(errorOf(() => limitUrls(count))).toMatchObject({
        name: 'TypeError',
        message: expect.stringMatching(/^limitUrls: count must be an integer of at least 1, got /),
      })
    },
  )
})

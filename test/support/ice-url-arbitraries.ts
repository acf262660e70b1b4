import fc from 'fast-check'
import type { IceUrl } from '../../src/config/ice-url.js'

const SCHEMES = ['stun', 'stuns', 'turn', 'turns'] as const

/** Valid URLs with their parts. */
export function validUrls({ ports = undefined as readonly number[] | undefined } = {}): fc.Arbitrary<IceUrl> {
  const label = fc.stringMatching(/^[a-z][a-z0-9_-]{0,20}$/).filter((text) => !text.startsWith('xn--'))
  const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'))
  const host = fc.oneof(
    name.filter((text) => !/(^|\.)0x[\da-f]*$/.test(text)),
    fc.ipV4(),
    fc.ipV6().map((address) => `[${address}]`),
  )
  const port = ports ? fc.constantFrom(...ports) : fc.integer({ min: 1, max: 65535 })
  const address = { host, port: fc.option(port, { nil: undefined }) }
  const transport = fc.constantFrom('udp', 'tcp')
  return fc
    .record({
      scheme: fc.constantFrom(...SCHEMES),
      ...address,
      transport: fc.option(transport, { nil: undefined }),
    })
    .map(({ scheme, host, port, transport }) => {
      const isTls = scheme.endsWith('s')
      const explicitTransport = scheme.startsWith('turn') ? transport : undefined
      return {
        href: `${scheme}:${host}${port === undefined ? '' : `:${port}`}${explicitTransport ? `?transport=${explicitTransport}` : ''}`,
        scheme,
        host: host.startsWith('[') ? new URL(`https://${host}`).hostname : host.toLowerCase(),
        port: port ?? (isTls ? 5349 : 3478),
        transport: explicitTransport ?? (isTls ? 'tcp' : 'udp'),
      }
    })
}

/** Strings of parts of URLs in any order. */
export function nearlyUrls(): fc.Arbitrary<string> {
  const start = fc.constantFrom('turn:', 'stun:', 'turns:', '')
  const parts = [
    '[',
    ']',
    ':',
    '::',
    '?',
    'transport=',
    'udp',
    'a',
    '.',
    '249', // an octet, and a port that Firefox does not block
    '0x',
    '3478',
    '/',
    '@',
    '#',
    ' ',
    '\t',
    'ä',
    'turn:',
  ]
  return fc
    .tuple(start, fc.array(fc.constantFrom(...parts), { maxLength: 8 }))
    .map(([scheme, rest]) => scheme + rest.join(''))
}

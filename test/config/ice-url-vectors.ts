import type { IceUrl } from '../../src/config/ice-url.js'

/** `href` if it differs from the URL. */
type Parts = Pick<IceUrl, 'scheme' | 'host' | 'port' | 'transport'> & { readonly href?: string }

/** How browsers differ from `parseIceUrl`, and why it differs from them. */
export interface Differences {
  chromium?: 'accepts' | 'rejects'
  firefox?: 'accepts' | 'rejects'
  because: string
}

export type UrlVector = readonly [url: string, expected: Parts | string, differences?: Differences]

const label = 'a'.repeat(63)
const host = 'the host must be a name or an IP address'
const port = 'the port must be a number from 1 to 65535'
const query = 'the query must be transport=udp or transport=tcp'
const scheme = 'the URL must begin with stun:, stuns:, turn: or turns:'

const stun = (name: string, portNumber = 3478): Parts => ({
  scheme: 'stun',
  host: name,
  port: portNumber,
  transport: 'udp',
})
const turn = (transport: 'udp' | 'tcp', portNumber = 3478): Parts => ({
  scheme: 'turn',
  host: 'h',
  port: portNumber,
  transport,
})

const noGrammar = { chromium: 'accepts', because: 'Chromium does not check the host' } as const
const notChromium = { firefox: 'accepts', because: 'Chromium rejects the character' } as const
const blockedPort: Differences = { firefox: 'rejects', because: 'Firefox blocks ports of other protocols' }
const noStuns: Differences = { firefox: 'rejects', because: 'Firefox does not support stuns' }

/** The parts that `parseIceUrl` returns for each URL, or the reason. The browser tests use the same vectors. */
export const URL_VECTORS: readonly UrlVector[] = [
  ['stun:h', stun('h')],
  ['STUN:H', stun('h')],
  ['Turns:Example.ORG', { scheme: 'turns', host: 'example.org', port: 5349, transport: 'tcp' }],
  ['stuns:h', { scheme: 'stuns', host: 'h', port: 5349, transport: 'tcp' }, noStuns],
  ['turn:h', turn('udp')],
  ['turn:h?transport=udp', turn('udp')],
  ['turn:h?transport=tcp', turn('tcp')],
  ['turn:h:80?transport=tcp', turn('tcp', 80)],
  ['turns:h:443?transport=udp', { scheme: 'turns', host: 'h', port: 443, transport: 'udp' }],
  ['stun:localhost', stun('localhost')],
  ['stun:stun.cloudflare.com:3478', stun('stun.cloudflare.com')],
  ['stun:h_x.y-z', stun('h_x.y-z')],
  ['stun:h.', stun('h.')],
  ['stun:xn--exmple-cua.org', stun('xn--exmple-cua.org')],
  [`stun:${label}.org`, stun(`${label}.org`)],
  ['stun:1.2.3.4', stun('1.2.3.4')],
  ['stun:255.255.255.255:5349', stun('255.255.255.255', 5349)],
  ['stun:[::1]', stun('[::1]')],
  ['stun:[::1]:3479', stun('[::1]', 3479)],
  ['stun:[2001:DB8::1]', stun('[2001:db8::1]')],
  ['stun:[1:2:3:4:5:6:7:8]', stun('[1:2:3:4:5:6:7:8]')],
  ['stun:[1:2:3:4:5:6:7::]', stun('[1:2:3:4:5:6:7:0]')],
  ['stun:[0:0:0:0:0:0:0:1]', stun('[::1]')],
  ['stun:[2001:DB8::0001]', stun('[2001:db8::1]')],
  ['stun:[::]', stun('[::]')],
  ['stun:[::1.2.3.4]', stun('[::102:304]')],
  ['stun:h:65535', stun('h', 65535)],
  ['stun:h:03478', stun('h', 3478)],
  ['turn:h:53', turn('udp', 53)],
  ['stun:h:1', stun('h', 1), blockedPort],
  ['turn:h:22', turn('udp', 22), blockedPort],
  ['turn:h:6000', turn('udp', 6000), blockedPort],

  // White space and line breaks, which URL parsers remove.
  [' stun:h', { ...stun('h'), href: 'stun:h' }],
  ['stun:h ', { ...stun('h'), href: 'stun:h' }],
  ['stun:h\n', { ...stun('h'), href: 'stun:h' }],
  ['\r\n\tturn:h\r\n', { ...turn('udp'), href: 'turn:h' }],
  ['stun:h\u0000', { ...stun('h'), href: 'stun:h' }],
  ['turn:h?transport=udp\n', { ...turn('udp'), href: 'turn:h?transport=udp' }],
  ['stun:exam\tple.org', { ...stun('example.org'), href: 'stun:example.org' }],

  // Hosts of the URL standard.
  ['stun:exämple.org', stun('xn--exmple-cua.org')],
  ['stun:%41b', stun('ab')],
  ['stun:a%2Db', stun('a-b')],
  ['stun:.h', stun('.h')],
  ['stun:a..b', stun('a..b')],
  [`stun:a${label}.org`, stun(`a${label}.org`)],
  [`stun:${`${label}.`.repeat(4)}org`, stun(`${`${label}.`.repeat(4)}org`)],
  ['stun:1.2.3', stun('1.2.0.3')],
  ['stun:123', stun('0.0.0.123')],
  ['stun:0x7f.1', stun('127.0.0.1')],
  ['stun:01.02.03.04', stun('1.2.3.4')],
  ['stun:1.2.3.4.', stun('1.2.3.4')],
  ['stun:h:003478', stun('h', 3478)],
  ...Array.from("!$&'()+,;=_~", (character): UrlVector => [`stun:a${character}b`, stun(`a${character}b`)]),
  ...Array.from('"#/<>@\\^|', (character): UrlVector => [`stun:a${character}b`, host]),
  ...Array.from('`{}', (character): UrlVector => [`stun:a${character}b`, host, notChromium]),
  ['stun:a%zb', host, noGrammar],
  ['stun:a%', host, noGrammar],
  ['stun:a%20b', host, noGrammar],
  ['stun:a%2Fb', host, noGrammar],
  ['stun:a b', host],
  [
    'turn:h ?transport=udp',
    host,
    { firefox: 'accepts', because: 'Firefox removes the space at the end of the path' },
  ],

  ['', scheme],
  ['h', scheme],
  ['stun', scheme],
  [':h', scheme],
  ['http://h', scheme],
  ['stunx:h', scheme],
  ['stun:', host],
  ['stun: h', host],
  ['stun://h', host],
  ['stun:h/', host],
  ['stun:h/path', host],
  ['stun:h\\x', host],
  ['stun:u@h', host],
  ['turn:u:p@h', port],
  ['stun:h#f', host],
  ['turn:h:3478#f', port],
  ['stun:a*b', host, noGrammar],
  ['stun:256.1.1.1', host, noGrammar],
  ['stun:1.2.3.4.5', host, noGrammar],
  ['stun:h.123', host, noGrammar],
  ['stun:[::1', host],
  ['stun:[]', host],
  ['stun:::1', host],
  ['stun:[::1]x', host, noGrammar],
  ['stun:[1:2:3:4:5:6:7]', host, noGrammar],
  ['stun:[1:2:3:4:5:6:7:8::]', host, noGrammar],
  ['stun:[1::2::3]', host, noGrammar],
  ['stun:[::256.2.3.4]', host, noGrammar],
  ['stun:[fe80::1%25eth0]', host, noGrammar],
  ['stun:[12345::]', host, noGrammar],

  ['stun:h:', port, { firefox: 'accepts', because: 'URL parsers ignore an empty port' }],
  ['stun:h:0', port],
  ['stun:h:65536', port],
  ['stun:h:99999', port],
  ['stun:h:+80', port],
  ['stun:h:80a', port],
  ['stun:h:80:80', port],

  [
    'stun:h?',
    'a stun: URL must not have a query',
    { firefox: 'accepts', because: 'Firefox ignores an empty query' },
  ],
  ['stun:h?transport=udp', 'a stun: URL must not have a query'],
  ['stuns:h?transport=udp', 'a stuns: URL must not have a query'],
  ['turn:h?', query, { firefox: 'accepts', because: 'Firefox ignores an empty query' }],
  ['turn:h?transport=', query],
  ['turn:h?transport=tls', query],
  ['turn:h?transport=TCP', query, { chromium: 'accepts', because: 'Chromium ignores case here' }],
  ['turn:h?TRANSPORT=tcp', query],
  ['turn:h?x=1', query],
  ['turn:h?udp', query],
  ['turn:h?constructor', query],
  ['turn:h?transport=udp&x=1', query],
  [
    'turn:h?transport=udp?',
    query,
    { chromium: 'accepts', because: 'Chromium ignores a second question mark' },
  ],
  ['turn:h?transport=udp#', query, { firefox: 'accepts', because: 'Firefox ignores an empty fragment' }],
]

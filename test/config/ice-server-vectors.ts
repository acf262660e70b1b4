import type { Differences } from './ice-url-vectors.js'

export type ServerVector = readonly [
  title: string,
  server: unknown,
  problems: readonly string[],
  differences?: Differences,
]

const login = { username: 'u', credential: 'c' }
const coerced = (because: string): Differences => ({ chromium: 'accepts', firefox: 'accepts', because })
const webIdl = coerced('WebIDL turns values into strings; a type guard does not')

const missing = (name: string) => `${name}: a TURN server needs one`

/** What `explainRTCIceServer` says of a server, as far as JSON can hold it. Both browsers are asked the same. */
export const SERVER_VECTORS: readonly ServerVector[] = [
  ['one STUN URL', { urls: 'stun:h' }, []],
  ['a list of URLs', { urls: ['stun:h', 'turn:h'], ...login }, []],
  ['unknown members', { urls: 'stun:h', foo: 1, url: 5 }, []],
  ['the old credentialType', { urls: 'turn:h', ...login, credentialType: 'password' }, []],
  ['a username of 509 bytes', { urls: 'turn:h', username: 'a'.repeat(509), credential: 'c' }, []],
  [
    'a username of 509 bytes in 255 characters',
    { urls: 'turn:h', username: `${'ä'.repeat(254)}a`, credential: 'c' },
    [],
  ],
  ['a long username without TURN', { urls: 'stun:h', username: 'a'.repeat(510) }, []],
  ['a long credential', { urls: 'turn:h', username: 'u', credential: 'x'.repeat(5000) }, []],
  ['STUN with empty credentials', { urls: 'stun:h', username: '', credential: '' }, []],

  ['no urls', {}, ['urls: is not a string']],
  ['null for urls', { urls: null }, ['urls: is not a string']],
  ['a number for urls', { urls: 5 }, ['urls: is not a string']],
  ['an object for urls', { urls: {} }, ['urls: is not a string']],
  ['an empty list', { urls: [] }, ['urls: is an empty list']],
  ['an empty URL', { urls: '' }, ['urls: the scheme is not stun(s) or turn(s)']],
  ['the old url member', { url: 'stun:h' }, ['urls: is not a string'], coerced('browsers still read url')],
  ['a list in the list', { urls: [['stun:h']] }, ['urls[0]: is not a string'], webIdl],
  ['null in the list', { urls: ['stun:h', null] }, ['urls[1]: is not a string']],
  [
    'one bad URL among good ones',
    { urls: ['stun:h', 'bad'] },
    ['urls[1]: the scheme is not stun(s) or turn(s)'],
  ],
  ['TURN without credentials', { urls: 'turn:h' }, [missing('username'), missing('credential')]],
  [
    'one TURN URL without credentials',
    { urls: ['stun:h', 'turn:h'] },
    [missing('username'), missing('credential')],
  ],
  ['TURNS without a credential', { urls: 'turns:h', username: 'u' }, [missing('credential')]],
  ['TURN without a username', { urls: 'turn:h', credential: 'c' }, [missing('username')]],
  [
    'TURN with an empty credential',
    { urls: 'turn:h', username: 'u', credential: '' },
    [missing('credential')],
  ],
  [
    'TURN with an empty username',
    { urls: 'turn:h', username: '', credential: 'c' },
    [missing('username')],
    { firefox: 'accepts', because: 'no TURN server knows a user without a name' },
  ],
  [
    'a number for a username',
    { urls: 'turn:h', username: 6, credential: 'c' },
    ['username: is not a string'],
    webIdl,
  ],
  ['null for a username', { urls: 'stun:h', username: null }, ['username: is not a string'], webIdl],
  [
    'an object for a credential',
    { urls: 'turn:h', username: 'u', credential: {} },
    ['credential: is not a string'],
    webIdl,
  ],
  [
    'a username of 510 bytes',
    { urls: 'turn:h', username: 'a'.repeat(510), credential: 'c' },
    ['username: is longer than 509 bytes'],
  ],
  [
    'a username of 510 bytes in 255 characters',
    { urls: 'turn:h', username: 'ä'.repeat(255), credential: 'c' },
    ['username: is longer than 509 bytes'],
  ],
  [
    'oauth',
    { urls: 'turn:h', ...login, credentialType: 'oauth' },
    ['credentialType: is not password'],
    { chromium: 'accepts', because: 'Chromium no longer knows the member' },
  ],
  [
    'several faults',
    { urls: ['turn:h', 'turn:h:0', 5], credential: 5 },
    [
      'urls[1]: the port is not a number from 1 to 65535',
      'urls[2]: is not a string',
      missing('username'),
      'credential: is not a string',
    ],
  ],
]

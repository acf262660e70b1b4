import type { Differences } from './ice-url-vectors.js'

export type ServerVector = readonly [
  title: string,
  server: unknown,
  problems: readonly string[],
  differences?: Differences,
]

const credentials = { username: 'u', credential: 'c' }
const coerced = (because: string): Differences => ({ chromium: 'accepts', firefox: 'accepts', because })
const webIdl = coerced('WebIDL converts values to strings; a type guard does not')

const missing = (name: string) => `${name}: required for TURN URLs`

/** The problems that `explainRTCIceServer` returns for each server. The browser tests use the same vectors. */
export const SERVER_VECTORS: readonly ServerVector[] = [
  ['one STUN URL', { urls: 'stun:h' }, []],
  ['an array of URLs', { urls: ['stun:h', 'turn:h'], ...credentials }, []],
  ['unknown members', { urls: 'stun:h', foo: 1, url: 5 }, []],
  ['the old credentialType', { urls: 'turn:h', ...credentials, credentialType: 'password' }, []],
  ['a username of 509 bytes', { urls: 'turn:h', username: 'a'.repeat(509), credential: 'c' }, []],
  [
    'a username of 509 bytes in 255 characters',
    { urls: 'turn:h', username: `${'ä'.repeat(254)}a`, credential: 'c' },
    [],
  ],
  ['a long username without TURN', { urls: 'stun:h', username: 'a'.repeat(510) }, []],
  ['a long credential', { urls: 'turn:h', username: 'u', credential: 'x'.repeat(5000) }, []],
  ['STUN with empty credentials', { urls: 'stun:h', username: '', credential: '' }, []],

  ['no urls', {}, ['urls: must be a string or an array of strings']],
  ['null for urls', { urls: null }, ['urls: must be a string or an array of strings']],
  ['a number for urls', { urls: 5 }, ['urls: must be a string or an array of strings']],
  ['an object for urls', { urls: {} }, ['urls: must be a string or an array of strings']],
  ['an empty array', { urls: [] }, ['urls: must not be empty']],
  ['an empty URL', { urls: '' }, ['urls: the URL must begin with stun:, stuns:, turn: or turns:']],
  [
    'the old url member',
    { url: 'stun:h' },
    ['urls: must be a string or an array of strings'],
    coerced('browsers still read url'),
  ],
  ['an array in the array', { urls: [['stun:h']] }, ['urls[0]: must be a string'], webIdl],
  ['null in the array', { urls: ['stun:h', null] }, ['urls[1]: must be a string']],
  [
    'one bad URL among good ones',
    { urls: ['stun:h', 'bad'] },
    ['urls[1]: the URL must begin with stun:, stuns:, turn: or turns:'],
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
    { firefox: 'accepts', because: 'no TURN server accepts an empty username' },
  ],
  [
    'a number for a username',
    { urls: 'turn:h', username: 6, credential: 'c' },
    ['username: must be a string'],
    webIdl,
  ],
  ['null for a username', { urls: 'stun:h', username: null }, ['username: must be a string'], webIdl],
  [
    'an object for a credential',
    { urls: 'turn:h', username: 'u', credential: {} },
    ['credential: must be a string'],
    webIdl,
  ],
  [
    'a username of 510 bytes',
    { urls: 'turn:h', username: 'a'.repeat(510), credential: 'c' },
    ['username: must not be longer than 509 bytes'],
  ],
  [
    'a username of 510 bytes in 255 characters',
    { urls: 'turn:h', username: 'ä'.repeat(255), credential: 'c' },
    ['username: must not be longer than 509 bytes'],
  ],
  [
    'oauth',
    { urls: 'turn:h', ...credentials, credentialType: 'oauth' },
    ["credentialType: must be 'password'"],
    { chromium: 'accepts', because: 'Chromium no longer knows the member' },
  ],
  [
    'several problems',
    { urls: ['turn:h', 'turn:h:0', 5], credential: 5 },
    [
      'urls[1]: the port must be a number from 1 to 65535',
      'urls[2]: must be a string',
      missing('username'),
      'credential: must be a string',
    ],
  ],
]

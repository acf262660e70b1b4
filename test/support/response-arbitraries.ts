import { inspect } from 'node:util'
import fc from 'fast-check'
import { isObject } from '../../src/type-guards.js'
import { hostileJson, hostileValues, jsonEdges, SECRET } from './hostile-values.js'
import { nearlyUrls, validUrls } from './ice-url-arbitraries.js'

const NAMES = ['__proto__', 'constructor', 'toString', 'iceServers', 'urls', 'uris', 'username', 'credential']
const LIFETIME_NAMES = [
  ...['ttl', 'expiresAt', 'expires_in', 'serverTime', 'Ttl', 'lifetimeDuration'],
  ...['expires', 'expires_on', 'date_created', 'iat'],
]

const url = fc.oneof(
  { weight: 9, arbitrary: validUrls().map(({ href }) => href) },
  { weight: 2, arbitrary: validUrls({ ports: [53] }).map(({ href }) => href) },
  { weight: 2, arbitrary: fc.constantFrom('turn:t.org', 'turn:T.org:3478', 'stun:s.org', 'STUN:s.org:3478') },
  { weight: 1, arbitrary: nearlyUrls() },
)
const credentialTexts = fc.oneof(
  { weight: 9, arbitrary: fc.nat(3).map((number) => `${SECRET}${number}`) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', size: '+1' }).map((text) => SECRET + text) },
)
const server = fc.record({
  urls: fc.oneof(url, fc.array(url, { minLength: 1, maxLength: 5 })),
  username: credentialTexts,
  credential: credentialTexts,
})
const servers = fc.array(server, { minLength: 1, maxLength: 4 })

const lifetimes = fc.dictionary(
  fc.constantFrom(...LIFETIME_NAMES),
  fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1, max: 1e6 }) },
    {
      weight: 3,
      arbitrary: fc.constantFrom(
        '3600',
        '60.5s',
        '2026-12-24T00:00:00Z',
        '2026-11-24 01:00:00+00',
        1.8e9,
        1.8e12,
      ),
    },
    { weight: 3, arbitrary: fc.constantFrom(1e308, -1e308, 1.7e305, -1.7e305, -1) },
    { weight: 1, arbitrary: jsonEdges },
  ),
  { maxKeys: 3 },
)

type Server = { urls: unknown; username: string; credential: string }
const turnRest = ({ urls, username, credential }: Server) => ({ uris: urls, username, password: credential })
const amazon = ({ urls, username, credential }: Server) => ({
  Uris: urls,
  Username: username,
  Password: credential,
})

/** One function for each row of `src/config/response-shapes.ts`. */
const SHAPES: readonly ((list: Server[], lifetime: object) => unknown)[] = [
  (iceServers, lifetime) => ({ ...lifetime, iceServers }),
  ([iceServers], lifetime) => ({ ...lifetime, iceServers }),
  (list, lifetime) => ({ ...lifetime, ice_servers: list }),
  (list, lifetime) => ({ IceServerList: list.map((entry) => ({ ...amazon(entry), ...lifetime })) }),
  ([first], lifetime) => ({ ...turnRest(first as Server), ...lifetime }),
  ([first], lifetime) => ({ ...first, ...lifetime }),
  (list, lifetime) => ({ v: { iceServers: list, ...lifetime }, s: 'ok' }),
  (list) => list,
  (list, lifetime) => ({ ...lifetime, error: list }),
  (list, lifetime) => ({ success: true, message: 'ok', data: { ice_servers: list, ...lifetime } }),
]

const validResponses = fc
  .tuple(fc.constantFrom(...SHAPES), servers, lifetimes)
  .map(([shape, list, lifetime]) => structuredClone(shape(list, lifetime)))

type Container = Record<string, unknown>

/** Returns every member of a value at every depth, with its container. */
function membersOf(value: unknown): [container: Container, name: string][] {
  if (!isObject(value)) return []
  return Object.keys(value).flatMap((name): [Container, string][] => [
    [value, name],
    ...membersOf(value[name]),
  ])
}

interface Change {
  readonly at: number
  readonly name: string
  readonly how: 'replace' | 'add' | 'remove' | 'rename' | 'get'
  readonly make: () => unknown
}

function applyChanges(response: unknown, changes: readonly Change[]): unknown {
  const members = membersOf(response)
  for (const { at, name: otherName, how, make } of changes) {
    const [container, name] = members[at % members.length] ?? [{}, '']
    const define = (key: string, value: PropertyDescriptor) =>
      Object.defineProperty(container, key, { enumerable: true, configurable: true, ...value })
    if (how === 'replace') define(name, { value: make(), writable: true })
    if (how === 'add') define(otherName, { value: make(), writable: true })
    if (how === 'get') define(name, { get: make })
    if (how === 'rename') define(otherName, { ...Object.getOwnPropertyDescriptor(container, name) })
    if ((how === 'remove' || how === 'rename') && !Array.isArray(container)) delete container[name]
  }
  return response
}

const changesBy = (make: fc.Arbitrary<() => unknown>, ...hows: Change['how'][]) =>
  fc.array(
    fc.record({
      at: fc.nat(60),
      name: fc.constantFrom(...NAMES, ...LIFETIME_NAMES),
      how: fc.constantFrom(...hows),
      make,
    }),
    { maxLength: 3 },
  )

const responsesWith = (values: fc.Arbitrary<() => unknown>, ...hows: Change['how'][]) => {
  const changed = fc
    .tuple(validResponses, changesBy(values, ...hows))
    .map(([response, changes]) => withText(() => applyChanges(structuredClone(response), changes)))
  return fc.oneof({ weight: 9, arbitrary: changed }, { weight: 1, arbitrary: values.map(withText) })
}

/** Shows the response in the report of a failure, and not the code of its factory. */
const withText = (make: () => unknown) =>
  Object.assign(() => make(), { [fc.toStringMethod]: () => inspect(make(), { depth: 6 }).slice(0, 2000) })

/** Factories of responses: valid, almost valid, or any other JSON. */
export const jsonResponses = responsesWith(hostileJson, 'replace', 'add', 'remove', 'rename')

/** The same, and values that are not JSON: getters and proxies that throw, cycles, symbols. */
export const anyResponses = responsesWith(hostileValues, 'replace', 'add', 'remove', 'rename', 'get')

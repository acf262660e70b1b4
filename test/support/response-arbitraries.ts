import { inspect } from 'node:util'
import fc from 'fast-check'
import { hostileJson, hostileValues, jsonEdges, SECRET } from './hostile-values.js'
import { nearlyUrls, validUrls } from './ice-url-arbitraries.js'

const NAMES = ['__proto__', 'constructor', 'toString', 'iceServers', 'urls', 'uris', 'username', 'credential']
const LIFETIME_NAMES = ['ttl', 'expiresAt', 'expires_in', 'serverTime', 'Ttl', 'lifetimeDuration']

const url = fc.oneof(
  { weight: 9, arbitrary: validUrls().map(({ href }) => href) },
  { weight: 2, arbitrary: validUrls({ ports: [53] }).map(({ href }) => href) },
  { weight: 2, arbitrary: fc.constantFrom('turn:t.org', 'turn:T.org:3478', 'stun:s.org', 'STUN:s.org:3478') },
  { weight: 1, arbitrary: nearlyUrls() },
)
const login = fc.oneof(
  { weight: 9, arbitrary: fc.nat(3).map((number) => `${SECRET}${number}`) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', size: '+1' }).map((text) => SECRET + text) },
)
const server = fc.record({
  urls: fc.oneof(url, fc.array(url, { minLength: 1, maxLength: 5 })),
  username: login,
  credential: login,
})
const servers = fc.array(server, { minLength: 1, maxLength: 4 })

const lifetimes = fc.dictionary(
  fc.constantFrom(...LIFETIME_NAMES),
  fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1, max: 1e6 }) },
    { weight: 3, arbitrary: fc.constantFrom('3600', '60.5s', '2026-12-24T00:00:00Z', 1.8e9, 1.8e12) },
    { weight: 3, arbitrary: fc.constantFrom(1e308, -1e308, 1.7e305, -1.7e305, -1) },
    { weight: 1, arbitrary: jsonEdges },
  ),
  { maxKeys: 3 },
)

type Server = { urls: unknown; username: string; credential: string }
const rest = ({ urls, username, credential }: Server) => ({ uris: urls, username, password: credential })
const amazon = ({ urls, username, credential }: Server) => ({
  Uris: urls,
  Username: username,
  Password: credential,
})

/** One for each row of `src/config/response-shapes.ts`. */
const SHAPES: readonly ((list: Server[], told: object) => unknown)[] = [
  (iceServers, told) => ({ ...told, iceServers }),
  ([iceServers], told) => ({ ...told, iceServers }),
  (list, told) => ({ ...told, ice_servers: list }),
  (list, told) => ({ IceServerList: list.map((entry) => ({ ...amazon(entry), ...told })) }),
  ([first], told) => ({ ...rest(first as Server), ...told }),
  ([first], told) => ({ ...first, ...told }),
  (list, told) => ({ v: { iceServers: list, ...told }, s: 'ok' }),
  (list) => list,
  (list, told) => ({ ...told, error: list }),
]

const soundAnswers = fc
  .tuple(fc.constantFrom(...SHAPES), servers, lifetimes)
  .map(([shape, list, told]) => structuredClone(shape(list, told)))

type Holder = Record<string, unknown>

/** Every member of a value, at every depth, with what holds it. */
function membersOf(value: unknown): [holder: Holder, name: string][] {
  if (Object(value) !== value) return []
  return Object.keys(value as Holder).flatMap((name) => [
    [value as Holder, name],
    ...membersOf((value as Holder)[name]),
  ])
}

interface Change {
  readonly at: number
  readonly name: string
  readonly how: 'replace' | 'add' | 'remove' | 'rename' | 'get'
  readonly make: () => unknown
}

function changed(answer: unknown, changes: readonly Change[]): unknown {
  const members = membersOf(answer)
  for (const { at, name: otherName, how, make } of changes) {
    const [holder, name] = members[at % members.length] ?? [{}, '']
    const put = (key: string, value: PropertyDescriptor) =>
      Object.defineProperty(holder, key, { enumerable: true, configurable: true, ...value })
    if (how === 'replace') put(name, { value: make(), writable: true })
    if (how === 'add') put(otherName, { value: make(), writable: true })
    if (how === 'get') put(name, { get: make })
    if (how === 'rename') put(otherName, { ...Object.getOwnPropertyDescriptor(holder, name) })
    if ((how === 'remove' || how === 'rename') && !Array.isArray(holder)) delete holder[name]
  }
  return answer
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
  const near = fc
    .tuple(soundAnswers, changesBy(values, ...hows))
    .map(([answer, changes]) => withText(() => changed(structuredClone(answer), changes)))
  return fc.oneof({ weight: 9, arbitrary: near }, { weight: 1, arbitrary: values.map(withText) })
}

/** Has the answer itself in the report of a failure, and not the code of its maker. */
const withText = (make: () => unknown) =>
  Object.assign(() => make(), { [fc.toStringMethod]: () => inspect(make(), { depth: 6 }).slice(0, 2000) })

/** Makers of what a backend may answer: sound, nearly sound, or anything else that JSON can hold. */
export const jsonResponses = responsesWith(hostileJson, 'replace', 'add', 'remove', 'rename')

/** The same, and what is no JSON: getters and proxies that throw, cycles, symbols. */
export const anyResponses = responsesWith(hostileValues, 'replace', 'add', 'remove', 'rename', 'get')

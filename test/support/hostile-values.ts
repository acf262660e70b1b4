import fc from 'fast-check'

/** Part of every value that must not appear in an error. */
export const SECRET = 'hidden'

const fail = (): never => {
  throw new Error(`${SECRET} in the error of a getter`)
}
const TRAPS = ['get', 'has', 'ownKeys', 'getOwnPropertyDescriptor'] as const

/** JSON values at the limits of their meaning. */
export const jsonEdges = fc.oneof(
  fc.constantFrom(null, true, false, 0, -0, 1, -1, 2 ** 31, 2 ** 53, 1e11, 8.64e15, 8.65e15),
  fc.constantFrom(1e308, -1e308, 1.7e305, -1.7e305, Number.MIN_VALUE, '', ' ', '1e400', '-5', '5s'),
  fc.constantFrom('9'.repeat(308), '9'.repeat(400), `-${'9'.repeat(306)}`, 'turn:', 'stun:a:53'),
  fc.constantFrom('2026-11-24T00:00:00Z', '9999-12-31T23:59:59', '2026-99-99T99:99:99Z', '\ud800', '\udc00a'),
  fc.constantFrom('__proto__', 'constructor', 'toString', `${'9'.repeat(10)}:${SECRET}`),
  fc.double(),
  fc.string({ unit: 'binary' }),
)

/** An array of 10⁵ entries, or one that is nested 2000 levels deep. */
const large = fc.constantFrom<(() => unknown)[]>(
  () => Array(1e5).fill('turn:t.org'),
  () => Array(1e5).fill({ urls: 'stun:s.org', ttl: 60 }),
  () => Array.from({ length: 1e4 }, (_, index) => `stun:s${index}.org`),
  () => Array.from({ length: 2000 }).reduce((inner) => [inner], 'stun:s.org'),
  () => Array.from({ length: 2000 }).reduce((iceServers) => ({ iceServers }), [{ urls: 'stun:s.org' }]),
)

/** Factories of values that are not JSON. An endpoint or a parse function can return them. */
const notJson = fc.constantFrom<(() => unknown)[]>(
  () => undefined,
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  () => 10n,
  () => Symbol(SECRET),
  () => fail,
  () => new Date(),
  () => new Map([['urls', 'turn:t.org']]),
  () => new Error(SECRET),
  () => ({ toString: fail, valueOf: fail, [Symbol.toPrimitive]: fail }),
  () => Object.defineProperty({}, 'urls', { enumerable: true, get: fail }),
  () => Object.defineProperty(['stun:s.org'], 0, { enumerable: true, get: fail }),
  cyclic,
  () => varying(['stun:s.org'], ['turn:t.org']),
  () => varying(['stun:s.org'], [Symbol(SECRET)]),
  () => varying(['stun:s.org'], []),
)

/** Factories of invalid values. */
export const hostileValues: fc.Arbitrary<() => unknown> = fc.oneof(
  { weight: 30, arbitrary: jsonEdges.map((value) => () => value) },
  { weight: 6, arbitrary: fc.jsonValue().map((value) => () => structuredClone(value)) },
  { weight: 15, arbitrary: notJson },
  { weight: 1, arbitrary: large },
  { weight: 3, arbitrary: fc.constantFrom(...TRAPS).map((trap) => () => new Proxy({}, { [trap]: fail })) },
  { weight: 3, arbitrary: fc.constantFrom(...TRAPS).map((trap) => () => new Proxy([1], { [trap]: fail })) },
  { weight: 3, arbitrary: fc.constant(revoked) },
  { weight: 6, arbitrary: fc.anything({ withNullPrototype: true }).map((value) => () => value) },
)

/** The same, limited to JSON. */
export const hostileJson: fc.Arbitrary<() => unknown> = fc.oneof(
  { weight: 30, arbitrary: jsonEdges.map((value) => () => value) },
  { weight: 6, arbitrary: fc.jsonValue().map((value) => () => structuredClone(value)) },
  { weight: 1, arbitrary: large },
)

/** An object whose members are the object itself. */
function cyclic(): unknown {
  const itself: object = new Proxy({}, { get: () => itself, has: () => true })
  return itself
}

function revoked(): unknown {
  const { proxy, revoke } = Proxy.revocable([], {})
  revoke()
  return proxy
}

/** An array whose first entry differs each time it is read. */
function varying(...readings: unknown[][]): unknown {
  let count = 0
  return new Proxy(['stun:s.org'], {
    get: (target, name) =>
      name === '0' ? (readings[Math.min(count++, readings.length - 1)] ?? [])[0] : Reflect.get(target, name),
  })
}

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  explainRTCIceServer,
  type IceConfiguration,
  limitUrls,
  type ReadIceConfigurationOptions,
  readIceConfiguration,
  validateRTCIceServer,
  withoutPort53,
} from '../../src/index.js'
import { expectHarmless, expectSound, inheritedNames } from '../support/configuration-rules.js'
import { FUZZ_TIMEOUT, runs } from '../support/fuzz.js'
import { hostileValues, SECRET } from '../support/hostile-values.js'
import { anyResponses, jsonResponses } from '../support/response-arbitraries.js'

const NOW = Date.UTC(2026, 10, 24)

const contexts: fc.Arbitrary<ReadIceConfigurationOptions> = fc.record(
  {
    requireTurn: fc.boolean(),
    urlFilter: fc.constantFrom(withoutPort53, [withoutPort53, limitUrls(2)]),
    defaultTtlSeconds: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    sentAt: fc.nat(60_000).map((ms) => NOW - ms),
    now: fc.constant(() => NOW),
  },
  { requiredKeys: ['now'] },
)

/** The configuration, or nothing if it is refused by a harmless error. */
function read(body: unknown, context: ReadIceConfigurationOptions): IceConfiguration | undefined {
  const before = inheritedNames()
  try {
    const configuration = readIceConfiguration(body, context)
    expectSound(configuration, NOW)
    return configuration
  } catch (error) {
    expectHarmless(error)
    return undefined
  } finally {
    expect(inheritedNames()).toBe(before)
  }
}

const hasFrozen = (value: unknown): boolean =>
  Object(value) === value && (Object.isFrozen(value) || Object.values(value as object).some(hasFrozen))

describe('whatever a backend answers', () => {
  it('is a sound configuration or a harmless error, and is left as it was', FUZZ_TIMEOUT, () => {
    let accepted = 0
    fc.assert(
      fc.property(jsonResponses, contexts, (make, context) => {
        const body = make()
        const before = textOf(body)
        if (read(body, context)) accepted++
        if (before === undefined || before.length > 5000) return
        expect(textOf(body)).toBe(before)
        expect(hasFrozen(body)).toBe(false)
      }),
      runs(500),
    )
    expect(accepted).toBeGreaterThan(50)
  })

  it('is no other, where getters and proxies throw or waver', FUZZ_TIMEOUT, () => {
    fc.assert(
      fc.property(anyResponses, contexts, (make, context) => void read(make(), context)),
      runs(500),
    )
  })
})

describe('explainRTCIceServer', () => {
  it('lists problems of whatever it is given, throws nothing and tells no credential', FUZZ_TIMEOUT, () => {
    const members = fc.dictionary(
      fc.constantFrom('urls', 'username', 'credential', 'credentialType', '__proto__'),
      hostileValues,
    )
    const servers = members.map((makers) => () => {
      return Object.fromEntries(Object.entries(makers).map(([name, make]) => [name, make()]))
    })
    fc.assert(
      fc.property(fc.oneof(servers, hostileValues, anyResponses), (make) => {
        const value = make()
        const problems = explainRTCIceServer(value)
        expect(problems.filter((problem) => typeof problem !== 'string' || problem === '')).toEqual([])
        expect(problems.join()).not.toContain(SECRET)
        expect(problems.length).toBeLessThan(110)
        expect(typeof validateRTCIceServer(value)).toBe('boolean')
      }),
      runs(500),
    )
  })
})

/** What nests too deeply for a stack has none. */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

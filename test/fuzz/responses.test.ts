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
import { isObject } from '../../src/type-guards.js'
import { expectHarmless, expectSound, inheritedNames } from '../support/configuration-rules.js'
import { FUZZ_TIMEOUT, runs } from '../support/fuzz.js'
import { hostileValues, SECRET } from '../support/hostile-values.js'
import { anyResponses, jsonResponses } from '../support/response-arbitraries.js'
import { NOW } from '../support/time.js'

const optionSets: fc.Arbitrary<ReadIceConfigurationOptions> = fc.record(
  {
    requireTurn: fc.boolean(),
    invalidServers: fc.constantFrom('drop', 'reject'),
    urlFilter: fc.constantFrom(withoutPort53, [withoutPort53, limitUrls(2)]),
    defaultTtlSeconds: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    sentAt: fc.nat(60_000).map((ms) => NOW - ms),
    now: fc.constant(() => NOW),
  },
  { requiredKeys: ['now'] },
)

/** Returns the configuration, or `undefined` if a harmless error is thrown. */
function read(body: unknown, options: ReadIceConfigurationOptions): IceConfiguration | undefined {
  const before = inheritedNames()
  try {
    const configuration = readIceConfiguration(body, options)
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
  isObject(value) && (Object.isFrozen(value) || Object.values(value).some(hasFrozen))

describe('readIceConfiguration', () => {
  it(
    'returns a sound configuration or throws a harmless error, and does not change the response',
    FUZZ_TIMEOUT,
    () => {
      let accepted = 0
      fc.assert(
        fc.property(jsonResponses, optionSets, (make, options) => {
          const body = make()
          const before = textOf(body)
          if (read(body, options)) accepted++
          if (before === undefined || before.length > 5000) return
          expect(textOf(body)).toBe(before)
          expect(hasFrozen(body)).toBe(false)
        }),
        runs(500),
      )
      expect(accepted).toBeGreaterThan(50)
    },
  )

  it(
    'returns a sound configuration or throws a harmless error if getters and proxies throw or vary',
    FUZZ_TIMEOUT,
    () => {
      fc.assert(
        fc.property(anyResponses, optionSets, (make, options) => void read(make(), options)),
        runs(500),
      )
    },
  )
})

describe('explainRTCIceServer', () => {
  it('returns problems of any value without throwing, and never contains a credential', FUZZ_TIMEOUT, () => {
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

/** Returns `undefined` for cycles, and for values that are nested too deeply for the stack. */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value)
  } catch {
    return undefined
  }
}

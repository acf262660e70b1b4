import { describe, expect, it } from 'vitest'
import { IceServerProvider } from '../src/index.js'
import { resolveOptions } from '../src/options.js'

const make = (options: object, endpoint: unknown = '/ice') =>
  new IceServerProvider(endpoint as string, options)

describe('options', () => {
  it('have defaults, also where undefined or null is given', () => {
    const { random, now, monotonicNow, ...rest } = resolveOptions('/ice', {
      timeoutMs: undefined,
      retryLimit: null,
    } as object)
    expect(rest).toEqual({ method: 'GET', timeoutMs: 10_000, retryLimit: 2, minRefreshIntervalMs: 1000 })
    expect(random()).toBeLessThan(1)
    expect(monotonicNow()).toBeGreaterThan(0)
    expect(Math.abs(now() - Date.now())).toBeLessThan(1000)
  })

  it('make it a POST if there is a body', () => {
    expect(resolveOptions('/ice', { json: {} }).method).toBe('POST')
    expect(resolveOptions('/ice', { json: {}, method: 'PUT' }).method).toBe('PUT')
  })

  it.each([
    ['timeoutMs', [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '10', 10n]],
    ['retryLimit', [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '2']],
    ['refreshMarginMs', [-1, Number.NaN, '5']],
    ['defaultTtlSeconds', [0, -1, '3600']],
    ['minRefreshIntervalMs', [0, -1, Number.NaN]],
    ['keepFresh', ['sometimes', true, 'xalways']],
    ['urlFilter', [5, 'withoutPort53', [5], [() => [], null]]],
    ['fetch', [5]],
    ['parse', ['json']],
    ['random', [0.5]],
    ['now', [0]],
  ])('refuse a wrong %s, by its name', (name, values) => {
    for (const value of values as unknown[]) {
      expect(() => make({ [name]: value }), String(value)).toThrow(TypeError)
      expect(() => make({ [name]: value })).toThrow(`IceServerProvider: ${name} must be`)
    }
  })

  it.each([undefined, null, '', 5, {}, []])('refuse the endpoint %j', (endpoint) => {
    expect(() => make({}, endpoint === undefined ? null : endpoint)).toThrow(
      'IceServerProvider: endpoint must be a URL or a function',
    )
  })

  it('take any endpoint there may be', () => {
    for (const endpoint of ['/ice', 'https://example.org/ice', new URL('https://example.org'), () => []]) {
      make({}, endpoint).close()
    }
  })
})

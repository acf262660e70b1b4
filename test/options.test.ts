import { describe, expect, it } from 'vitest'
import { IceServerProvider } from '../src/index.js'
import { resolveOptions } from '../src/options.js'

const create = (options: unknown, endpoint: unknown = '/ice') =>
  new IceServerProvider(endpoint as string, options as object)

describe('resolveOptions', () => {
  it('adds the defaults, also for undefined and null', () => {
    const { random, now, monotonicNow, ...rest } = resolveOptions('/ice', {
      timeoutMs: undefined,
      retryLimit: null,
    } as object)
    expect(rest).toEqual({ method: 'GET', timeoutMs: 10_000, retryLimit: 2, minRefreshIntervalMs: 1000 })
    expect(random()).toBeLessThan(1)
    expect(monotonicNow()).toBeGreaterThan(0)
    expect(Math.abs(now() - Date.now())).toBeLessThan(1000)
  })

  it('uses POST by default if there is a body', () => {
    expect(resolveOptions('/ice', { json: {} }).method).toBe('POST')
    expect(resolveOptions('/ice', { json: {}, method: 'PUT' }).method).toBe('PUT')
  })

  it('replaces both clocks by the one of a test', () => {
    const { now, monotonicNow } = resolveOptions('/ice', { now: () => 5 })
    expect([now(), monotonicNow()]).toEqual([5, 5])
  })

  it.each([
    ['method', [5, '']],
    ['headers', ['Bearer x', 5]],
    ['credentials', [true, 'yes']],
    ['timeoutMs', [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '10', 10n]],
    ['retryLimit', [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '2']],
    ['refreshMarginMs', [-1, Number.NaN, '5']],
    ['defaultTtlSeconds', [0, -1, '3600']],
    ['minRefreshIntervalMs', [0, -1, Number.NaN]],
    ['keepFresh', ['sometimes', true, 'xalways']],
    ['urlFilter', [5, 'withoutPort53', [5], [() => [], null]]],
    ['fetch', [5]],
    ['parse', ['json']],
    ['requireTurn', ['yes', 1]],
    ['shareAcrossTabs', ['', true, 5]],
    ['random', [0.5]],
    ['now', [0]],
  ])('rejects an invalid %s by its name', (name, values) => {
    for (const value of values as unknown[]) {
      const attempt = () => create({ [name]: value })
      expect(attempt, String(value)).toThrow(TypeError)
      expect(attempt).toThrow(`IceServerProvider: ${name} must be`)
    }
  })

  it('accepts the limits of each number', () => {
    const smallest = { timeoutMs: 1, retryLimit: 0, refreshMarginMs: 0, minRefreshIntervalMs: 1 }
    const largest = { timeoutMs: 2 ** 31 - 1, defaultTtlSeconds: 2 ** 31 - 1 }
    for (const options of [smallest, largest]) expect(resolveOptions('/ice', options)).toMatchObject(options)
  })

  it.each([
    [{ keepFresh: true }, "keepFresh must be 'on-demand' or 'always', got true"],
    [{ timeoutMs: '10' }, 'timeoutMs must be an integer from 1 to 2147483647, got a string'],
    [{ refreshMargin: 5 }, 'unknown option refreshMargin (did you mean refreshMarginMs?)'],
    [{ requireTURN: true }, 'unknown option requireTURN (did you mean requireTurn?)'],
    [null, 'options must be an object, got null'],
    ['GET', 'options must be an object, got a string'],
  ])('describes what is wrong with %j', (options, message) => {
    expect(() => create(options)).toThrow(new TypeError(`IceServerProvider: ${message}`))
  })

  it('lists the known options if none is near', () => {
    expect(() => create({ body: 'x' })).toThrow(/unknown option body; known options: method, headers, /)
  })

  it.each([
    [['/ice', undefined], 'undefined'],
    [null, 'null'],
    ['', 'an empty string'],
    [['/ice', null], 'null'],
  ])('suspects a missing environment variable behind the endpoint %j', (endpoint, description) => {
    expect(() => create({}, endpoint)).toThrow(
      new TypeError(
        `IceServerProvider: endpoint must be a URL, a function, or a list of them (is an environment variable missing?), got ${description}`,
      ),
    )
  })

  it.each([
    [5, '5'],
    [{}, 'an object'],
    [[], 'an empty array'],
    [['/ice', []], 'an empty array'],
    [[['/ice']], 'an array'],
  ])('rejects the endpoint %j', (endpoint, description) => {
    expect(() => create({}, endpoint)).toThrow(
      new TypeError(
        `IceServerProvider: endpoint must be a URL, a function, or a list of them, got ${description}`,
      ),
    )
  })

  it.each([
    '/ice',
    'https://example.org/ice',
    new URL('https://example.org'),
    () => [],
    ['/ice', new URL('https://example.org'), () => []],
  ])('accepts the endpoint %s', (endpoint) => {
    const provider = create({}, endpoint)
    expect(provider.state).toBe('idle')
    provider.close()
  })
})

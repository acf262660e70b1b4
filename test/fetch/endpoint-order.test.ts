import { describe, expect, it } from 'vitest'
import { IceServerError, type IceServerErrorCode } from '../../src/errors.js'
import {
  type EndpointFailure,
  isFailover,
  nextFailure,
  orderEndpoints,
} from '../../src/fetch/endpoint-order.js'
import { HOUR, MINUTE, NOW, SECOND } from '../support/time.js'

const failure = (retryAt: number, notBefore = 0): EndpointFailure => ({
  retryAt,
  notBefore,
  delayMs: MINUTE,
  hasUnusableServers: false,
})
const soon = failure(NOW + SECOND)
const later = failure(NOW + MINUTE)
const due = failure(NOW)
const busy = failure(NOW + MINUTE, NOW + MINUTE)
const busyForLonger = failure(NOW + HOUR, NOW + HOUR)
const healthy = undefined

describe('orderEndpoints', () => {
  it.each([
    ['all in the order of the list', [healthy, healthy, healthy], [0, 1, 2]],
    ['the failed one last', [later, healthy, healthy], [1, 2, 0]],
    ['the first again once its retry is due', [due, healthy], [0, 1]],
    ['the one first whose retry is due first', [later, soon], [1, 0]],
    ['healthy ones before all that have failed', [later, soon, healthy], [2, 1, 0]],
    ['none that said so with Retry-After', [busy, healthy], [1]],
    ['the one whose Retry-After ends first, if all have it', [busyForLonger, busy], [1]],
    ['the only one, whatever happened', [busy], [0]],
  ])('requests %s', (_, failures, order) => {
    expect(orderEndpoints(failures, NOW)).toEqual(order)
  })
})

describe('nextFailure', () => {
  it('doubles the delay from a minute to half an hour', () => {
    let previous: EndpointFailure | undefined
    const delays = Array.from({ length: 7 }, () => {
      previous = nextFailure(previous, { code: 'ERR_NETWORK', retryAfterMs: undefined }, NOW)
      return (previous.retryAt - NOW) / MINUTE
    })
    expect(delays).toEqual([1, 2, 4, 8, 16, 30, 30])
  })

  it.each([
    [5 * MINUTE, 5 * MINUTE, 5 * MINUTE],
    [SECOND, MINUTE, SECOND],
    [24 * HOUR, HOUR / 2, HOUR / 2],
    [Number.NaN, MINUTE, 0],
    [-1, MINUTE, 0],
  ])('respects a Retry-After of %d ms', (retryAfterMs, retryInMs, notInMs) => {
    const { retryAt, notBefore } = nextFailure(undefined, { code: 'ERR_HTTP', retryAfterMs }, NOW)
    expect([retryAt - NOW, notBefore - NOW]).toEqual([retryInMs, notInMs])
  })

  it.each([
    ['ERR_UNREACHABLE', true],
    ['ERR_CREDENTIALS_REJECTED', true],
    ['ERR_TIMEOUT', false],
  ] as const)('knows after %s whether the TURN servers are to be tested: %s', (code, isExpected) => {
    const { hasUnusableServers } = nextFailure(undefined, { code, retryAfterMs: undefined }, NOW)
    expect(hasUnusableServers).toBe(isExpected)
  })
})

describe('isFailover', () => {
  it.each<[IceServerErrorCode, object, boolean]>([
    ['ERR_NETWORK', {}, true],
    ['ERR_TIMEOUT', {}, true],
    ['ERR_HTTP', { status: 500 }, true],
    ['ERR_HTTP', { status: 503 }, true],
    ['ERR_HTTP', { status: 404 }, false],
    ['ERR_HTTP', { status: 429 }, false],
    ['ERR_HTTP', {}, false],
    ['ERR_RESPONSE', {}, true],
    ['ERR_RESPONSE', { fatal: true }, false],
    ['ERR_ICE_SERVER', {}, true],
    ['ERR_EXPIRED', {}, true],
    ['ERR_REQUEST', {}, false],
    ['ERR_DENIED', { status: 401 }, false],
    ['ERR_ABORTED', {}, false],
    ['ERR_CLOSED', {}, false],
  ])('is for %s with %j: %s', (code, details, isExpected) => {
    expect(isFailover(new IceServerError(code, '', details))).toBe(isExpected)
  })
})

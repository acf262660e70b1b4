import { inspect } from 'node:util'
import { expect } from 'vitest'
import { canonicalUrl, isTurnScheme, parseIceUrl } from '../../src/config/ice-url.js'
import {
  type IceConfiguration,
  IceServerError,
  type RTCIceServer,
  validateRTCIceServer,
} from '../../src/index.js'
import { isObject } from '../../src/type-guards.js'
import { SECRET } from './hostile-values.js'

/** Checks what every configuration guarantees. */
export function expectSound(configuration: IceConfiguration, now: number): void {
  const { iceServers, expiresAt, fetchedAt } = configuration
  const routes = iceServers.flatMap(routesOf)
  const observed = {
    isFrozen: isDeeplyFrozen(configuration),
    isValid: iceServers.every(validateRTCIceServer), // a list can be deliberately empty
    members: iceServers.flatMap(Object.keys).filter((name) => !/^(urls|username|credential)$/.test(name)),
    duplicates: routes.length - new Set(routes).size,
    toPort53: routes.filter((route) => route.includes('"port":53,')),
    isFinite: Number.isFinite(expiresAt) && Number.isFinite(fetchedAt),
    isInFuture: expiresAt > now,
  }
  expect(observed).toEqual({
    members: [],
    duplicates: 0,
    toPort53: [],
    isFrozen: true,
    isValid: true,
    isFinite: true,
    isInFuture: true,
  })
}

/** Returns each URL of a server with its defaults and credentials, so that duplicates are equal strings. */
function routesOf({ urls, username, credential }: RTCIceServer): string[] {
  return [urls].flat().map((href) => {
    const parsed = parseIceUrl(href)
    if (!parsed.ok) return ''
    const credentials = isTurnScheme(parsed.url.scheme) ? [username, credential] : []
    return JSON.stringify([canonicalUrl(parsed.url), ...credentials]).replaceAll('\\"', '"')
  })
}

function isDeeplyFrozen(value: unknown): boolean {
  if (!isObject(value)) return true
  return Object.isFrozen(value) && Object.values(value).every(isDeeplyFrozen)
}

/** Fails for any error that is not an `IceServerError`, and for one that contains a secret. */
export function expectHarmless(error: unknown): void {
  if (!(error instanceof IceServerError)) throw error
  const text = error.stack + JSON.stringify(error) + inspect(error, { showHidden: true, depth: 10 })
  expect(text).not.toContain(SECRET)
}

/** Returns the names of all inherited members, to detect prototype pollution. */
export const inheritedNames = (): string =>
  [Object.prototype, Array.prototype, Function.prototype].map(Object.getOwnPropertyNames).join()

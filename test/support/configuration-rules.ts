import { inspect } from 'node:util'
import { expect } from 'vitest'
import { canonicalUrl, isTurnScheme, parseIceUrl } from '../../src/config/ice-url.js'
import {
  type IceConfiguration,
  IceServerError,
  type RTCIceServer,
  validateRTCIceServer,
} from '../../src/index.js'
import { SECRET } from './hostile-values.js'

/** What holds for every configuration. */
export function expectSound(configuration: IceConfiguration, now: number): void {
  const { iceServers, expiresAt, fetchedAt } = configuration
  const ways = iceServers.flatMap(waysOf)
  const faults = {
    isFrozen: isDeeplyFrozen(configuration),
    isValid: iceServers.length > 0 && iceServers.every(validateRTCIceServer),
    members: iceServers.flatMap(Object.keys).filter((name) => !/^(urls|username|credential)$/.test(name)),
    duplicates: ways.length - new Set(ways).size,
    toPort53: ways.filter((way) => way.includes('"port":53,')),
    isFinite: Number.isFinite(expiresAt) && Number.isFinite(fetchedAt),
    isToCome: expiresAt > now,
  }
  const none = { members: [], duplicates: 0, toPort53: [] }
  expect(faults).toEqual({ ...none, isFrozen: true, isValid: true, isFinite: true, isToCome: true })
}

function waysOf({ urls, username, credential }: RTCIceServer): string[] {
  return [urls].flat().map((href) => {
    const parsed = parseIceUrl(href)
    if (!parsed.ok) return ''
    const login = isTurnScheme(parsed.url.scheme) ? [username, credential] : []
    return JSON.stringify([canonicalUrl(parsed.url), ...login]).replaceAll('\\"', '"')
  })
}

function isDeeplyFrozen(value: unknown): boolean {
  if (Object(value) !== value) return true
  return Object.isFrozen(value) && Object.values(value as object).every(isDeeplyFrozen)
}

/** Fails if it is another error than the library's, or if it tells what it should not. */
export function expectHarmless(error: unknown): void {
  if (!(error instanceof IceServerError)) throw error
  const told = error.stack + JSON.stringify(error) + inspect(error, { showHidden: true, depth: 10 })
  expect(told).not.toContain(SECRET)
}

/** The names of all that every object inherits. */
export const inheritedNames = (): string =>
  [Object.prototype, Array.prototype, Function.prototype].map(Object.getOwnPropertyNames).join()

import { describe, expect, it } from 'vitest'
import { compareConfigurations } from '../../src/config/compare-configurations.js'
import type { IceConfiguration } from '../../src/index.js'
import { NOW, SECOND } from '../support/time.js'

const configuration = (changes: Partial<IceConfiguration> = {}): IceConfiguration => ({
  iceServers: [{ urls: ['turn:t.org'], username: 'u', credential: 'c' }],
  expiresAt: NOW + 60 * SECOND,
  expirySource: 'ttl',
  fetchedAt: NOW,
  dropped: [],
  afterExpiry: undefined,
  ...changes,
})
const later = (ms: number) => configuration({ expiresAt: NOW + 60 * SECOND + ms })
const otherServers = configuration({ iceServers: [{ urls: ['stun:s.org'] }] })

describe('compareConfigurations', () => {
  it.each<[string, IceConfiguration | undefined, IceConfiguration, boolean, boolean]>([
    ['no previous configuration', undefined, configuration(), true, true],
    ['other servers', configuration(), otherServers, true, true],
    ['the same servers and expiry', configuration(), configuration(), false, false],
    [
      'a newer response with the same content',
      configuration(),
      configuration({ fetchedAt: NOW + 5 }),
      false,
      false,
    ],
    ['an expiry that is 1 s later', configuration(), later(SECOND), false, false],
    ['an expiry that is 1 s earlier', configuration(), later(-SECOND), false, false],
    ['an expiry that is more than 1 s later', configuration(), later(SECOND + 1), false, true],
    ['an expiry that is more than 1 s earlier', configuration(), later(-SECOND - 1), false, true],
  ])('compares %s', (_, previous, next, serversChanged, changed) => {
    const result = compareConfigurations(previous, next)
    expect(result).toMatchObject({ serversChanged, changed })
    expect(result.current).toBe(changed ? next : previous)
  })
})

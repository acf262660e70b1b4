/** The rules by which the interoperability tests find that an attached call is worse. */
import { describe, expect, it } from 'vitest'
import type { EchoCallResult } from './support/echo-call.js'
import { findHarm } from './support/interoperability-report.js'

const alive = {
  sent: 100,
  received: 100,
  longestGapMs: 40,
  isAlive: true,
  canNegotiate: true,
  isReportedInTime: false,
  restarts: [],
  errors: [],
  replacements: 0,
} as unknown as EchoCallResult
const lost = { ...alive, received: 50, isAlive: false }
const completed = { restarts: ['rotation requested', 'rotation completed'] }

const harmOf = (
  attached: Partial<EchoCallResult>,
  { unattached = alive, browser = 'chromium', peer = 'a second page' } = {},
) => findHarm({ browser, peer, server: 'coturn', unattached, attached: { ...alive, ...attached } })

describe('findHarm', () => {
  it.each<[string, Partial<EchoCallResult>, Parameters<typeof harmOf>[1]]>([
    ['nothing is worse', {}, {}],
    ['both calls are lost, and that is reported', { ...lost, isReportedInTime: true }, { unattached: lost }],
    ['Firefox loses six messages in a restart', { ...completed, received: 94 }, { browser: 'firefox' }],
    ['an error is repeated after a completed restart', { ...completed, errors: ['a', 'a'] }, {}],
  ])('finds none if %s', (_, attached, context) => {
    expect(harmOf(attached, context)).toEqual([])
  })

  it.each<[string, Partial<EchoCallResult>, Parameters<typeof harmOf>[1]]>([
    ['the attached call ended', { ...lost, isReportedInTime: true }, {}],
    ['1 messages were lost', { ...completed, received: 99 }, {}],
    ['7 messages were lost', { ...completed, received: 93 }, { browser: 'firefox' }],
    ['the app cannot negotiate any more', { canNegotiate: false }, {}],
    [
      '1 messages were lost in spite of new connections',
      { received: 99, replacements: 1, isReportedInTime: true },
      { unattached: lost },
    ],
    ['nothing was reported before the expiry', lost, { unattached: lost }],
    ['an error was reported repeatedly', { errors: ['a', 'a'] }, {}],
  ])('finds that %s', (harm, attached, context) => {
    expect(harmOf(attached, context).join()).toContain(harm)
  })
})

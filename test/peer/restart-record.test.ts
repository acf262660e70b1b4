import { describe, expect, it } from 'vitest'
import { withoutRequest } from '../../src/peer/restart-record.js'
import {
  checking,
  current,
  failedOnce,
  offered,
  outdated,
  queued,
  queuedOnCurrentServers,
  recordIn,
  requested,
  requestedOnCurrentServers,
} from '../support/restart-fixtures.js'

describe('withoutRequest', () => {
  it.each([
    ['a queued restart for new servers', queued, { name: 'outdated', pending: failedOnce }],
    ['a requested restart for new servers', requested, outdated],
    ['a queued restart of a connection that failed on current servers', queuedOnCurrentServers, current],
    [
      'a requested restart of a connection that failed on current servers',
      requestedOnCurrentServers,
      current,
    ],
  ])('takes back %s', (_, state, expected) => {
    const record = recordIn(state)
    expect(withoutRequest(record)).toEqual({ ...record, state: expected })
  })

  it.each([current, outdated, offered, checking])('keeps a record in the state $name', (state) => {
    expect(withoutRequest(recordIn(state))).toEqual(recordIn(state))
  })
})

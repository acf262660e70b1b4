import { describe, expect, it } from 'vitest'
import { ConfigurationAccess } from '../../src/peer/connection-configuration.js'
import { createFakeConnection } from '../support/fake-connection.js'

describe('ConfigurationAccess', () => {
  it('reads no servers from a remembered configuration that has none', () => {
    const { getConfiguration: _, ...connection } = createFakeConnection()
    const access = new ConfigurationAccess(connection)
    access.remember({})
    expect(access.read()).toEqual({ iceServers: [] })
  })

  it('finds no server in a configuration that has none', () => {
    const access = new ConfigurationAccess(createFakeConnection({}))
    expect(access.hasServer('turn:t.org', () => true)).toBe(false)
  })
})

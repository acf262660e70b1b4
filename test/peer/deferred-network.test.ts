// @vitest-environment happy-dom
/** Servers that are deferred in Firefox, and a change of the network. */
import { describe, expect, it } from 'vitest'
import { createAttachedProvider, NEW, OLD } from '../support/attached-provider.js'
import {
  answerOf,
  connectApp,
  FakeFirefoxConnection,
  useBrowserConnections,
} from '../support/fake-browser-connection.js'
import { createFakeConnection } from '../support/fake-connection.js'
import { advance, SECOND } from '../support/time.js'

useBrowserConnections()

describe('attach() in Firefox and a change of the network', () => {
  it('restarts a connection that is silent since the change with the deferred servers', async () => {
    const { attach, rotate, provider } = await createAttachedProvider()
    const reports: string[] = []
    provider.on('restart', ({ cause, status }) => reports.push(`${cause} ${status}`))
    const pc = new FakeFirefoxConnection()
    const stats = createFakeConnection()
    pc.getStats = stats.getStats
    const serversAtOffers: unknown[] = []
    connectApp(pc, () => {
      serversAtOffers.push(pc.iceServers)
      return answerOf('r2')
    })
    attach(pc, { restartIce: 'lost' })
    await rotate()
    await advance(SECOND)
    expect(pc.iceServers).toEqual(OLD)
    stats.receivedAt = Date.now()
    window.dispatchEvent(new Event('online'))
    await advance(5 * SECOND)
    expect(reports[0]).toBe('network requested')
    expect(serversAtOffers).toEqual([NEW])
    provider.close()
  })
})

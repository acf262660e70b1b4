/** Apps that detach a connection while the library calls their listeners. */
import { describe, expect, it, vi } from 'vitest'
import { attachCall } from '../support/attached-call.js'
import { answerOf, overriddenMethodsOf, useBrowserConnections } from '../support/fake-browser-connection.js'
import { advance, MINUTE, SECOND } from '../support/time.js'

useBrowserConnections()

describe('attach() and an app that detaches in a listener of the restart event', () => {
  it('requests no offer, and leaves the methods of the connection as they were', async () => {
    const { pc, detach, provider, rotate, reports } = await attachCall(() => answerOf('r2'))
    provider.on('restart', detach)
    await rotate()
    await advance(SECOND)
    expect(reports).toEqual(['rotation requested'])
    expect(pc.offers).toEqual([])
    expect(overriddenMethodsOf(pc)).toEqual([])
  })

  it('does not read the connection any more', async () => {
    const { pc, detach, provider, rotate } = await attachCall(() => answerOf('r2'))
    const getStats = vi.spyOn(pc, 'getStats')
    let readsBefore: number | undefined
    provider.on('restart', () => {
      detach()
      readsBefore = getStats.mock.calls.length
    })
    await rotate()
    await advance(MINUTE)
    expect(getStats).toHaveBeenCalledTimes(readsBefore ?? -1)
  })
})

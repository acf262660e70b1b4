/** A machine that sleeps while a request is in flight: timers stand still, and the clock goes on. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { IceServerError } from '../../src/index.js'
import { createProvider, deniedError } from '../support/create-provider.js'
import { rejectionOf } from '../support/error-of.js'
import { iceServersResponse } from '../support/http-server.js'
import { advance, HOUR, SECOND, useFakeClock, useRealClock } from '../support/time.js'
import { wait } from '../support/wait.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

const sleep = (ms: number) => void vi.setSystemTime(Date.now() + ms)

/** Creates a provider whose machine sleeps during its first requests. */
function createSleepingProvider(
  sleptMs: readonly number[],
  firstOutcome: () => unknown = () => iceServersResponse(),
) {
  const created = createProvider(async (count) => {
    await wait(SECOND)
    sleep(sleptMs[count - 1] ?? 0)
    return count === 1 ? firstOutcome() : iceServersResponse(3600, `u${count}`)
  })
  return { ...created, events: created.recordEvents() }
}

const fail = (error: Error) => () => {
  throw error
}

describe('fetchConfiguration on a machine that sleeps', () => {
  it('requests again at once if the late response has expired, and reports no error', async () => {
    const { endpoint, provider, events } = createSleepingProvider([5 * HOUR])
    const pending = provider.getConfiguration()
    await advance(2 * SECOND)
    const { iceServers, expiresAt } = await pending
    expect([iceServers[1]?.username, expiresAt]).toEqual(['u2', Date.now() - SECOND + HOUR])
    expect(events).toEqual(['fresh'])
    expect(endpoint).toHaveBeenCalledTimes(2)
  })

  it.each([
    ['the connection was lost', fail(new IceServerError('ERR_NETWORK', 'lost'))],
    ['the time limit had passed', fail(new IceServerError('ERR_TIMEOUT', 'late'))],
  ])('requests again at once if %s during the sleep', async (_, outcome) => {
    const { provider, events } = createSleepingProvider([5 * HOUR], outcome)
    const pending = provider.getIceServers()
    await advance(2 * SECOND)
    expect((await pending)[1]?.username).toBe('u2')
    expect(events).toEqual(['fresh'])
  })

  it('uses a late response that is still valid', async () => {
    const { endpoint, provider } = createSleepingProvider([HOUR / 2])
    const pending = provider.getConfiguration()
    await advance(SECOND)
    expect((await pending).expiresAt).toBe(Date.now() - SECOND + HOUR / 2)
    expect(endpoint).toHaveBeenCalledOnce()
  })

  it('does not request again after a denial', async () => {
    const { endpoint, provider } = createSleepingProvider([5 * HOUR], fail(deniedError))
    const pending = rejectionOf(provider.getIceServers())
    await advance(SECOND)
    expect(await pending).toBe(deniedError)
    expect(endpoint).toHaveBeenCalledOnce()
  })

  it('reports a second late response', async () => {
    const { endpoint, provider, events } = createSleepingProvider([5 * HOUR, 5 * HOUR])
    const pending = rejectionOf(provider.getIceServers())
    await advance(2 * SECOND)
    expect(await pending).toMatchObject({ code: 'ERR_EXPIRED' })
    expect(events[0]).toBe('ERR_EXPIRED')
    expect(endpoint).toHaveBeenCalledTimes(2)
  })

  it('does not request again after close()', async () => {
    const { endpoint, provider } = createSleepingProvider([5 * HOUR])
    const pending = rejectionOf(provider.getIceServers())
    provider.close()
    await advance(2 * SECOND)
    expect(await pending).toMatchObject({ code: 'ERR_CLOSED' })
    expect(endpoint).toHaveBeenCalledOnce()
  })

  it('requests again if the timer of the time limit fires late', async () => {
    const { provider, events } = createProviderWithTimeout()
    const pending = provider.getIceServers()
    await advance(9 * SECOND)
    sleep(5 * HOUR)
    await advance(SECOND)
    expect((await pending)[1]?.username).toBe('u2')
    expect(events).toEqual(['fresh'])
  })
})

/** Creates a provider whose first response never arrives. */
function createProviderWithTimeout() {
  const created = createProvider((count) =>
    count === 1 ? new Promise(() => {}) : iceServersResponse(3600, `u${count}`),
  )
  return { ...created, events: created.recordEvents() }
}

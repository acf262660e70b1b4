/** A provider whose responses come from a service worker that answers from its cache. */
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { type IceServerError, IceServerProvider } from '../../src/index.js'
import { iceServersResponse } from '../support/http-server.js'
import { advance, HOUR, MINUTE, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

/** Creates a provider that receives the same response, of the moment of its creation, for as long as `isStored`. */
function createProviderWithServiceWorker() {
  const worker = { isStored: true }
  const storedAt = new Date()
  const fetch = vi.fn(async (_: Request) => {
    const username = worker.isStored ? 'stored' : `u${fetch.mock.calls.length}`
    const date = worker.isStored ? storedAt : new Date()
    return Response.json(iceServersResponse(3600, username), { headers: { date: date.toUTCString() } })
  })
  const provider = new IceServerProvider('https://app.test/ice', { fetch, random: () => 0 })
  onTestFinished(() => provider.close())
  const onUpdate = vi.fn()
  const errors: IceServerError[] = []
  provider.on('update', onUpdate).on('error', (error) => errors.push(error))
  return { worker, fetch, provider, onUpdate, errors }
}

describe('IceServerProvider behind a cache-first service worker', () => {
  it('does not extend the validity of a response that it receives again', async () => {
    const { fetch, provider, onUpdate } = createProviderWithServiceWorker()
    await advance(0)
    const expiresAt = Date.now() + HOUR
    await advance(HOUR - 1)
    expect(fetch.mock.calls.length).toBeGreaterThan(2)
    expect(provider.current?.expiresAt).toBe(expiresAt)
    expect(onUpdate).toHaveBeenCalledOnce()
    await advance(1)
    expect(provider.current).toBeUndefined()
  })

  it('backs off with ERR_EXPIRED that names the service worker, until the response is another one', async () => {
    const { worker, fetch, provider, errors } = createProviderWithServiceWorker()
    await advance(HOUR)
    const requests = fetch.mock.calls.length
    await advance(10 * HOUR)
    expect(provider.state).toBe('failing')
    expect(fetch.mock.calls.length - requests).toBeLessThan(50)
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['ERR_EXPIRED']))
    expect(errors.every(({ message }) => /a cache or a service worker/.test(message))).toBe(true)
    worker.isStored = false
    await advance(30 * MINUTE)
    expect(provider.state).toBe('fresh')
  })
})

/** A provider for the tests of the framework wrappers. */
import { vi } from 'vitest'
import { createProvider } from './create-provider.js'
import { HOUR } from './time.js'

/** The servers in the n-th response to a followed provider. */
export const serversOfResponse = (count: number) => ({
  iceServers: [{ urls: ['turn:t.org'], username: `u${count}`, credential: 'c' }],
})

/** Creates a provider with credentials of one hour. Its subscriptions are counted, and its backend can fail. */
export function createFollowedProvider() {
  let isFailing = false
  const { provider, endpoint } = createProvider((count) => {
    if (isFailing) throw new Error('the backend fails')
    return { ...serversOfResponse(count), ttl: HOUR / 1000 }
  }, {})
  const active = new Set<() => void>()
  const subscribe = provider.subscribe.bind(provider)
  const subscribed = vi.spyOn(provider, 'subscribe').mockImplementation((listener) => {
    const unsubscribe = subscribe(listener)
    active.add(unsubscribe)
    return () => {
      active.delete(unsubscribe)
      unsubscribe()
    }
  })
  return {
    provider,
    endpoint,
    subscribed,
    subscriptionCount: () => active.size,
    failFromNowOn: () => {
      isFailing = true
    },
  }
}

import { vi } from 'vitest'
import { createProvider, HOUR } from './create-provider.js'

/** Of the servers that the n-th answer of a followed provider has. */
export const answered = (count: number) => ({
  iceServers: [{ urls: [`turn:t.org`], username: `u${count}`, credential: 'c' }],
})

/** A provider with credentials of an hour, until they are denied; and how many subscriptions it has. */
export function createFollowedProvider() {
  let isDown = false
  const { provider, endpoint } = createProvider((count) => {
    if (isDown) throw new Error('down')
    return { ...answered(count), ttl: HOUR / 1000 }
  }, {})
  const live = new Set<() => void>()
  const subscribe = provider.subscribe.bind(provider)
  const subscribed = vi.spyOn(provider, 'subscribe').mockImplementation((listener) => {
    const stop = subscribe(listener)
    live.add(stop)
    return () => {
      live.delete(stop)
      stop()
    }
  })
  return {
    provider,
    endpoint,
    subscribed,
    subscriptions: () => live.size,
    breakDown: () => {
      isDown = true
    },
  }
}

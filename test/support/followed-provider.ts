import { vi } from 'vitest'
import { createProvider } from './create-provider.js'
import { HOUR } from './time.js'

/** The servers in the n-th answer that a followed provider gets. */
export const answered = (count: number) => ({
  iceServers: [{ urls: ['turn:t.org'], username: `u${count}`, credential: 'c' }],
})

/** A provider with credentials of an hour, whose subscriptions are counted and whose backend can break down. */
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

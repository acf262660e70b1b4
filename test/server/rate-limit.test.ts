import { expect, it } from 'vitest'
import { createMemoryStore } from '../../src/server/rate-limit.js'

it('the memory store forgets the users seen longest ago beyond ten thousand', async () => {
  const store = createMemoryStore(() => 0)
  const count = async (key: string) => (await store.increment(key, 1000)).count
  await count('first')
  await count('kept')
  for (let index = 0; index < 9_998; index++) await count(`user ${index}`)
  expect(await count('first')).toBe(2)
  for (let index = 0; index < 9_998; index++) await count(`user ${index}`)
  expect(await count('kept')).toBe(2)
  await count('one more')
  expect(await count('kept')).toBe(3)
  expect(await count('first')).toBe(1)
})

it('the memory store starts anew when a window is over', async () => {
  let now = 0
  const store = createMemoryStore(() => now)
  expect(await store.increment('a', 1000)).toEqual({ count: 1, resetAt: 1000 })
  now = 999
  expect(await store.increment('a', 1000)).toEqual({ count: 2, resetAt: 1000 })
  now = 1000
  expect(await store.increment('a', 1000)).toEqual({ count: 1, resetAt: 2000 })
})

import { expect, it, vi } from 'vitest'
import { IceServerProvider } from '../src/index.js'
import { heapInUse } from './support/collected.js'

/** `npm run soak` has more. */
const ROTATIONS = Number(process.env.SOAK_ROTATIONS ?? 200)
const LIFETIME_MS = 20

it(`makes one request for each of ${ROTATIONS} rotations, and grows by nothing`, {
  timeout: 120_000,
}, async () => {
  const live = new Set<string>()
  vi.stubGlobal('addEventListener', (type: string, _: unknown, { signal }: { signal: AbortSignal }) => {
    live.add(type)
    signal.addEventListener('abort', () => live.delete(type))
  })
  let requests = 0
  const endpoint = () => ({
    iceServers: [{ urls: 'turn:t.org', username: `u${++requests}`, credential: 'c' }],
    expiresAt: Date.now() + LIFETIME_MS,
  })
  const provider = new IceServerProvider(endpoint, { minRefreshIntervalMs: 1, random: () => 0 })
  let updates = 0
  /** A machine that stands still for a lifetime gets an answer when it is over. */
  const errors: string[] = []
  provider.on('error', ({ code }) => errors.push(code))
  const outOfStep: number[] = []
  const reach = (count: number) =>
    new Promise<void>((resolve) => {
      const onUpdate = () => {
        if (++updates + errors.length !== requests) outOfStep.push(updates)
        if (updates < count) return
        resolve()
        provider.off('update', onUpdate)
      }
      provider.on('update', onUpdate)
    })

  await reach(ROTATIONS / 4)
  const early = await heapInUse()
  await reach(ROTATIONS)
  const late = await heapInUse()
  expect({ updates, outOfStep }).toEqual({ updates: ROTATIONS, outOfStep: [] })
  expect(requests).toBe(updates + errors.length)
  expect(errors.filter((code) => code !== 'ERR_EXPIRED')).toEqual([])
  expect(late / early).toBeLessThan(1.1)

  provider.on('update', () => {})
  expect(live.size).toBeGreaterThan(0)
  provider.close()
  expect(live.size).toBe(0)
  const asked = requests
  await new Promise((resolve) => setTimeout(resolve, 5 * LIFETIME_MS))
  expect(requests).toBe(asked)
  vi.unstubAllGlobals()
})

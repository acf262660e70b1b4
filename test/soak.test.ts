/** Many rotations with real timers in Node: requests, memory, timers and listeners. */
import { afterEach, describe, expect, it, vi } from 'vitest'
import { IceServerProvider } from '../src/index.js'
import { heapInUse } from './support/collected.js'
import { stubPageListeners } from './support/page-listeners.js'
import { oneRequestEach, startRotations } from './support/rotations.js'
import { wait } from './support/wait.js'

/** `npm run soak` sets 2,000. */
const ROTATIONS = Number(process.env.SOAK_ROTATIONS ?? 200)

afterEach(() => void vi.unstubAllGlobals())

describe('IceServerProvider', () => {
  it(`makes one request for each of ${ROTATIONS} rotations and leaks no memory, timer or listener`, {
    timeout: 120_000,
  }, async () => {
    const countListeners = stubPageListeners()
    const { provider, reach, report } = startRotations(IceServerProvider)
    await reach(ROTATIONS / 4)
    const early = await heapInUse()
    await reach(ROTATIONS)
    const late = await heapInUse()
    expect(report()).toEqual(oneRequestEach(ROTATIONS))
    expect(late / early).toBeLessThan(1.1)

    provider.on('update', () => {})
    expect(countListeners()).toBeGreaterThan(0)
    provider.close()
    expect(countListeners()).toBe(0)
    const atClose = report()
    await wait(100) // five lifetimes of the credentials
    expect(report()).toEqual(atClose)
  })
})

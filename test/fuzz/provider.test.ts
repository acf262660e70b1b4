import fc from 'fast-check'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createFakeConnection } from '../support/fake-connection.js'
import { FUZZ_TIMEOUT, runs } from '../support/fuzz.js'
import { outcomes, type Step, settings, steps } from '../support/provider-arbitraries.js'
import { ProviderWorld } from '../support/provider-world.js'

const HOUR = 3_600_000
const URL = 'turn:t.org'

beforeEach(() => void vi.useFakeTimers({ now: Date.UTC(2026, 10, 24) }))
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

type Acts = Record<Step['action'], (world: ProviderWorld, ms: number) => unknown>

const dispatch = ({ page }: ProviderWorld, type: string) => page.dispatchEvent(new Event(type))
/** So that each tells of servers that no other had. */
let tabs = 0
const setOnline = (isOnline: boolean) => Object.assign(globalThis.navigator, { onLine: isOnline })

const ACTS: Acts = {
  sleep: (world, ms) => world.pass(ms),
  ask: (world) => world.ask('getConfiguration'),
  refresh: (world) => world.ask('refresh'),
  abort: ({ asking }) => asking.at(-1)?.controller.abort(),
  jumpAhead: (world, ms) => world.setClock(10_000 + 10 * ms),
  putBack: (world, ms) => world.setClock(-10_000 - 10 * ms),
  goOffline: () => setOnline(false),
  goOnline: (world) => setOnline(true) && dispatch(world, 'online'),
  wake: (world) => dispatch(world, 'pageshow'),
  hearValid: (world, ms) => world.hear(Date.now() - (ms % 3), 1000 + ms, `tab${tabs++}`),
  hearOld: (world, ms) => world.hear(world.newestFetchedAt - (ms % 3), 2 * HOUR, 'old'),
  hearMalformed: (world, ms) =>
    world.receive([null, 'x', {}, { fetchedAt: 1, expiresAt: 1e308, expirySource: 5 }][ms % 4]),
  hearAsk: (world) => world.receive('ask'),
  listen: ({ provider, onUpdate }) => provider.on('update', onUpdate),
  unlisten: ({ provider, onUpdate }) => provider.off('update', onUpdate),
  attach({ provider, connections }) {
    const pc = createFakeConnection()
    if (provider.state !== 'closed') connections.push({ pc, detach: provider.attach(pc) })
  },
  detach: ({ connections }) => connections.at(-1)?.detach(),
  closeConnection({ connections }) {
    const { pc } = connections.at(-1) ?? {}
    if (pc) pc.signalingState = 'closed'
  },
  refuse({ connections }) {
    for (const { pc } of connections) {
      pc.negotiate()
      pc.rejectCredentials(URL)
    }
  },
  lose: ({ connections }) => connections.at(-1)?.pc.changeIceState('failed'),
}

async function play(world: ProviderWorld, list: readonly Step[]): Promise<void> {
  for (const { action, ms } of list) {
    await ACTS[action](world, ms)
    await world.look()
  }
}

it('a provider keeps its rules whatever happens, and in whatever order', {
  timeout: FUZZ_TIMEOUT.timeout,
}, async () => {
  const world = fc.tuple(settings, outcomes)
  await fc.assert(
    fc.asyncProperty(world, steps, steps, fc.boolean(), async ([options, answers], before, after, waits) => {
      vi.clearAllTimers()
      const world = new ProviderWorld(options, answers)
      await play(world, before)
      if (waits) {
        await world.pass(2 * HOUR)
        expect(world.asking.filter(({ isSettled }) => !isSettled)).toEqual([])
      }
      world.provider.close()
      await world.expectEnd()
      const { length } = world.requests
      await play(world, after)
      await world.expectEnd()
      expect(world.requests).toHaveLength(length)
    }),
    runs(100),
  )
})

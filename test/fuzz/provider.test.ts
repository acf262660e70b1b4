/** Random sequences of events around a provider, which must obey its rules after each of them. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createFakeConnection } from '../support/fake-connection.js'
import { FUZZ_TIMEOUT, runs } from '../support/fuzz.js'
import { outcomes, type Step, settings, steps } from '../support/provider-arbitraries.js'
import { ProviderWorld } from '../support/provider-world.js'
import { HOUR, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(() => {
  useRealClock()
  vi.unstubAllGlobals()
})

type Perform = (world: ProviderWorld, ms: number) => unknown

const MALFORMED_MESSAGES = [null, 'x', {}, { fetchedAt: 1, expiresAt: 1e308, expirySource: 5 }]

const dispatch = ({ page }: ProviderWorld, type: string) => page.dispatchEvent(new Event(type))
const setOnline = (isOnline: boolean) => Object.assign(globalThis.navigator, { onLine: isOnline })

const PERFORM: Record<Step['action'], Perform> = {
  passTime: (world, ms) => world.passTime(ms),
  call: (world) => world.call('getConfiguration'),
  refresh: (world) => world.call('refresh'),
  abort: ({ calls }) => calls.at(-1)?.controller.abort(),
  setClockAhead: (world, ms) => world.changeSystemClock(10_000 + 10 * ms),
  setClockBack: (world, ms) => world.changeSystemClock(-10_000 - 10 * ms),
  goOffline: () => setOnline(false),
  goOnline(world) {
    setOnline(true)
    dispatch(world, 'online')
  },
  showPage: (world) => dispatch(world, 'pageshow'),
  receiveValid: (world, ms) => world.receiveConfiguration(Date.now() - (ms % 3), 1000 + ms),
  receiveOlder: (world, ms) => world.receiveConfiguration(world.backend.newestFetchedAt - (ms % 3), 2 * HOUR),
  receiveMalformed: (world, ms) => world.receiveMessage(MALFORMED_MESSAGES[ms % 4]),
  receiveRequest: (world) => world.receiveMessage('request'),
  addListener: ({ provider, onUpdate }) => provider.on('update', onUpdate),
  removeListener: ({ provider, onUpdate }) => provider.off('update', onUpdate),
  attach({ provider, connections }) {
    const pc = createFakeConnection()
    if (provider.state !== 'closed') connections.push({ pc, detach: provider.attach(pc) })
  },
  detach: ({ connections }) => connections.at(-1)?.detach(),
  closeConnection({ connections }) {
    const { pc } = connections.at(-1) ?? {}
    if (pc) pc.signalingState = 'closed'
  },
  rejectCredentials({ connections }) {
    for (const { pc } of connections) {
      pc.negotiate()
      pc.rejectCredentials('turn:t.org')
    }
  },
  failConnection: ({ connections }) => connections.at(-1)?.pc.changeIceState('failed'),
}

async function play(world: ProviderWorld, sequence: readonly Step[]): Promise<void> {
  for (const { action, ms } of sequence) {
    await PERFORM[action](world, ms)
    await world.checkRules()
  }
}

const scenarios = fc.record({
  options: settings,
  responses: outcomes,
  beforeClose: steps,
  afterClose: steps,
  waitsForCalls: fc.boolean(),
})

describe('IceServerProvider', () => {
  it('obeys its rules in any sequence of events, before and after close()', FUZZ_TIMEOUT, async () => {
    await fc.assert(
      fc.asyncProperty(scenarios, async (scenario) => {
        vi.clearAllTimers()
        const world = new ProviderWorld(scenario.options, scenario.responses)
        await play(world, scenario.beforeClose)
        if (scenario.waitsForCalls) {
          await world.passTime(2 * HOUR)
          expect(world.calls.filter(({ isSettled }) => !isSettled)).toEqual([])
        }
        world.provider.close()
        await world.checkClosed()
        const { requestCount } = world.backend
        await play(world, scenario.afterClose)
        await world.checkClosed()
        expect(world.backend.requestCount).toBe(requestCount)
      }),
      runs(100),
    )
  })
})

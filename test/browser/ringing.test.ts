import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { installCalls, type SignalingMessage } from '../support/page-calls.js'
import { startPageServer } from '../support/page-server.js'

const TTL_SECONDS = 6

/** Runs in the page: a call whose first messages wait for longer than the credentials live, as while it rings. */
async function ring(isAttached: boolean, ringMs: number) {
  const providers = [1, 2].map(
    () => new TurnKeeper.IceServerProvider('/ice-servers', { keepFresh: 'always' }),
  )
  const connect = async (provider: (typeof providers)[number]) => {
    const pc = new RTCPeerConnection({
      iceServers: await provider.getIceServers(),
      iceTransportPolicy: 'relay',
    })
    if (isAttached) provider.attach(pc)
    return pc
  }
  const [ofCaller, ofCallee] = providers as [(typeof providers)[number], (typeof providers)[number]]
  const caller = await connect(ofCaller)
  const ringing = new Promise((resolve) => setTimeout(resolve, ringMs))
  const callee = ringing.then(() => connect(ofCallee))
  const toCaller = Calls.negotiatePerfectly(caller, false, async (message) => (await toCallee)(message))
  const toCallee: Promise<(message: SignalingMessage) => void> = callee.then((pc) =>
    Calls.negotiatePerfectly(pc, true, toCaller),
  )
  let isReached = false
  callee.then((pc) => {
    pc.ondatachannel = () => {
      isReached = true
    }
  })
  caller.createDataChannel('x')
  await ringing
  await Calls.until(() => isReached, isAttached ? 20_000 : 8000)
  for (const end of [caller, await callee, ...providers]) end.close()
  return { isReached, faults: Calls.faults }
}

let turn: Awaited<ReturnType<typeof startEmbeddedTurn>>
let pages: Awaited<ReturnType<typeof startPageServer>>
beforeAll(async () => {
  turn = await startEmbeddedTurn({ atExpiry: 'drop' })
  pages = await startPageServer({ '/ice-servers': () => turn.mint(TTL_SECONDS) })
})
afterAll(() => {
  pages?.stop()
  turn?.stop()
})

describeInBrowsers('a call that rings for longer than its credentials live', ({ open }) => {
  const outcomeOf = async (isAttached: boolean) => {
    const page = await open(pages.url)
    await page.evaluate(installCalls)
    const outcome = await page.evaluate(ring, isAttached, TTL_SECONDS * 1000 + 1500)
    await page.close()
    return outcome
  }

  it('connects all the same, if it is attached', async () => {
    expect(await outcomeOf(true)).toEqual({ isReached: true, faults: [] })
  })

  it('never connects, if it is not', async () => {
    expect(await outcomeOf(false)).toEqual({ isReached: false, faults: [] })
  })
})

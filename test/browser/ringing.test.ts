/** Calls whose signaling waits for longer than their credentials are valid. */
import { expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { useDroppingTurn } from '../support/dropping-turn.js'
import { installCalls, type SignalingMessage } from '../support/page-calls.js'

const TTL_SECONDS = 6

/** Runs in the page: a call that the callee accepts after the credentials of the caller have expired. */
async function ring(isAttached: boolean, ringMs: number) {
  const providers = [1, 2].map(
    () => new TurnKeeper.IceServerProvider('/ice-servers', { keepFresh: 'always' }),
  ) as [Provider, Provider]
  const [callerProvider, calleeProvider] = providers
  const connect = async (provider: Provider) => {
    const pc = new RTCPeerConnection({
      iceServers: await provider.getIceServers(),
      iceTransportPolicy: 'relay',
    })
    if (isAttached) provider.attach(pc)
    return pc
  }
  const caller = await connect(callerProvider)
  const ringing = new Promise((resolve) => setTimeout(resolve, ringMs))
  const callee = ringing.then(() => connect(calleeProvider))
  const toCaller = Calls.negotiatePerfectly(caller, false, async (message) => (await toCallee)(message))
  const toCallee: Promise<(message: SignalingMessage) => void> = callee.then((pc) =>
    Calls.negotiatePerfectly(pc, true, toCaller),
  )
  let isConnected = false
  callee.then((pc) => {
    pc.ondatachannel = () => {
      isConnected = true
    }
  })
  caller.createDataChannel('x')
  await ringing
  await Calls.until(() => isConnected, isAttached ? 20_000 : 8000)
  for (const closable of [caller, await callee, ...providers]) closable.close()
  return { isConnected, negotiationErrors: Calls.negotiationErrors }
}

type Provider = InstanceType<typeof TurnKeeper.IceServerProvider>

const { pagesUrl } = useDroppingTurn(TTL_SECONDS)

describeInBrowsers('a call that rings until its credentials have expired', ({ open }) => {
  const runCall = async (isAttached: boolean) => {
    const page = await open(pagesUrl())
    await page.evaluate(installCalls)
    const result = await page.evaluate(ring, isAttached, TTL_SECONDS * 1000 + 1500)
    await page.close()
    return result
  }

  it('connects after an ICE restart if the connection is attached', async () => {
    expect(await runCall(true)).toEqual({ isConnected: true, negotiationErrors: [] })
  })

  it('never connects if the connection is not attached', async () => {
    expect(await runCall(false)).toEqual({ isConnected: false, negotiationErrors: [] })
  })
})

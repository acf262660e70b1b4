/** The drop-in class in real browsers, with webrtc-adapter before and after it. */
import { expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { useDroppingTurn } from '../support/dropping-turn.js'
import { installCalls } from '../support/page-calls.js'

const ADAPTER = new URL('../../node_modules/webrtc-adapter/out/adapter.js', import.meta.url).pathname

const { pagesUrl } = useDroppingTurn(30)

/** Runs in the page: replaces the global class. */
function replaceClass() {
  const Native = RTCPeerConnection
  const provider = new TurnKeeper.IceServerProvider('/lasting')
  globalThis.RTCPeerConnection = TurnKeeper.createPeerConnectionClass(provider)
  Object.assign(globalThis, { Native, provider })
}

/** Runs in the page: makes a call before the provider has servers. */
async function makeCall() {
  const key: EcKeyGenParams = { name: 'ECDSA', namedCurve: 'P-256' }
  const certificates = [await RTCPeerConnection.generateCertificate(key)]
  const hadServers = provider.current !== undefined
  const [caller, callee] = [1, 2].map(
    () => new RTCPeerConnection({ iceTransportPolicy: 'relay', certificates }),
  ) as [RTCPeerConnection, RTCPeerConnection]
  const states: string[] = []
  caller.onconnectionstatechange = () => states.push(caller.connectionState)
  const channels: string[] = []
  callee.ondatachannel = ({ channel }) => channels.push(channel.label)
  Calls.negotiateInPage(caller, callee)
  const channel = caller.createDataChannel('app')
  await Calls.until(() => channel.readyState === 'open' && channels.length > 0)
  const types = new Set<string>()
  for (const { type, candidateType } of (await caller.getStats()).values()) {
    if (type === 'local-candidate') types.add(candidateType)
  }
  const result = {
    hadServers,
    name: RTCPeerConnection.name,
    areInstances: [
      caller instanceof RTCPeerConnection,
      caller instanceof Native,
      new Native() instanceof RTCPeerConnection,
    ],
    urls: caller.getConfiguration().iceServers?.length,
    types: [...types],
    state: channel.readyState,
    lastState: states.at(-1),
    channels,
    errors: Calls.negotiationErrors,
  }
  caller.close()
  callee.close()
  provider.close()
  return result
}

describeInBrowsers('the drop-in class', ({ open }) => {
  it.each(['without webrtc-adapter', 'after webrtc-adapter', 'before webrtc-adapter'])(
    'waits for the first servers, and is a class like RTCPeerConnection, %s',
    async (order) => {
      const page = await open(pagesUrl())
      await page.evaluate(installCalls)
      if (order.startsWith('after')) await page.addScriptTag({ path: ADAPTER })
      await page.evaluate(replaceClass)
      if (order.startsWith('before')) await page.addScriptTag({ path: ADAPTER })
      expect(await page.evaluate(makeCall)).toEqual({
        hadServers: false,
        name: 'RTCPeerConnection',
        areInstances: [true, true, true],
        urls: 1,
        types: ['relay'],
        state: 'open',
        lastState: 'connected',
        channels: ['app'],
        errors: [],
      })
      await page.close()
    },
  )
})

/** Globals that the test sets in its page. */
declare const Native: typeof RTCPeerConnection
declare const provider: InstanceType<typeof TurnKeeper.IceServerProvider>

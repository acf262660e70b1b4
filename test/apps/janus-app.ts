/** A call of janus.js with the echotest plugin of Janus, which sends every message of the data channel back. */
import Janus, { type JanusJS } from 'janus-gateway'
import type { EchoApp } from '../support/echo-apps.js'

/** What janus.js reads from webrtc-adapter, which would change every connection of this page. */
const BROWSER = {
  browserDetails: navigator.userAgent.includes('Firefox')
    ? { browser: 'firefox', version: 153 }
    : { browser: 'chrome', version: 156 },
}

export async function startJanusCall(
  { iceServers = [], iceTransportPolicy = 'all' }: RTCConfiguration,
  url: string,
): Promise<EchoApp> {
  const dependencies = Janus.useDefaultDependencies({ adapter: BROWSER })
  await new Promise<void>((resolve) => Janus.init({ dependencies, callback: resolve }))
  const errors: string[] = []
  const onError = (error: unknown) => void errors.push(String(error))
  const janus = await new Promise<Janus>((resolve, reject) => {
    const session: Janus = new Janus({
      server: url,
      iceServers,
      iceTransportPolicy,
      success: () => resolve(session),
      error: reject,
    })
  })
  let isOpen = false
  let onMessage = () => {}
  const plugin = await new Promise<JanusJS.PluginHandle>((resolve, reject) =>
    janus.attach({
      plugin: 'janus.plugin.echotest',
      dataChannelOptions: { ordered: false, maxRetransmits: 0 },
      success: resolve,
      error: reject,
      onmessage: (_, jsep) => jsep && plugin.handleRemoteJsep({ jsep, error: onError }),
      ondataopen: () => {
        isOpen = true
      },
      ondata: () => onMessage(),
      oncleanup: () => {
        isOpen = false
      },
    }),
  )
  const offer = (options: JanusJS.OfferParams) =>
    plugin.createOffer({
      ...options,
      success: (jsep) => plugin.send({ message: { audio: true, video: true } as never, jsep }),
      error: onError,
    })
  offer({ tracks: [{ type: 'data', capture: false }] })
  await Calls.until(() => isOpen)
  const { pc } = plugin.webrtcStuff
  return {
    pc,
    errors,
    isOpen: () => isOpen,
    send: (data) => plugin.data({ data }),
    onMessage(listener) {
      onMessage = listener
    },
    restartIce: () => offer({ iceRestart: true }),
    canNegotiate() {
      offer({ tracks: [{ type: 'audio', capture: false, recv: true }] })
      return Calls.until(
        () => pc.getTransceivers().length > 0 && pc.getTransceivers().every(({ mid }) => mid),
        5000,
      )
    },
    close: () => janus.destroy({}),
  }
}

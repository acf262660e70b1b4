/** A call of two JsSIP user agents in this page. */
import JsSIP from 'jssip'
import type { RTCSession } from 'jssip/lib/RTCSession'
import type { EchoApp } from '../support/echo-apps.js'

/** Without audio and video: JsSIP creates no data channel itself. */
const DATA_ONLY = { mediaConstraints: { audio: false, video: false } }

/**
 * Makes an answer to an ICE restart wait for its candidates. JsSIP 3.13 sends it as soon as `setLocalDescription()` resolves,
 * because it has gathered before, and has no other way to send candidates: Firefox loses the call.
 */
function gatherBeforeAnswer(pc: RTCPeerConnection): void {
  const setLocalDescription = pc.setLocalDescription.bind(pc)
  const ufragOf = (sdp = '') => /^a=ice-ufrag:(.+)$/m.exec(sdp)?.[1]
  pc.setLocalDescription = async (description) => {
    const previous = pc.currentLocalDescription
    const isRestart = previous !== null && ufragOf(previous.sdp) !== ufragOf(description?.sdp)
    const gathered = new Promise<void>((resolve) => {
      pc.addEventListener('icecandidate', ({ candidate }) => candidate ?? resolve())
    })
    await setLocalDescription(description)
    if (description?.type === 'answer' && isRestart) await gathered
  }
}

/** The drop-in class restarts ICE itself, so JsSIP answers no restart. */
function isBrowserClass(connectionClass: object): boolean {
  return Function.prototype.toString.call(connectionClass).includes('[native code]')
}

async function register(url: string) {
  const name = crypto.randomUUID()
  const agent = new JsSIP.UA({
    sockets: new JsSIP.WebSocketInterface(url),
    uri: `sip:${name}@turnkeeper.test`,
    session_timers: false,
  })
  const registered = new Promise((resolve, reject) => {
    agent.on('registered', resolve)
    agent.on('registrationFailed', ({ cause }) => reject(new Error(`SIP registration failed: ${cause}`)))
  })
  agent.start()
  await registered
  return { agent, uri: `sip:${name}@turnkeeper.test` }
}

export async function startSipCall(
  configuration: RTCConfiguration,
  url: string,
  lastingServers: RTCIceServer[],
): Promise<EchoApp> {
  const [caller, callee] = await Promise.all([register(url), register(url)])
  const errors: string[] = []
  callee.agent.on('newRTCSession', ({ session }: { session: RTCSession }) => {
    session.on('peerconnection', ({ peerconnection }) => {
      if (isBrowserClass(RTCPeerConnection)) gatherBeforeAnswer(peerconnection)
      peerconnection.addEventListener('datachannel', ({ channel }) => {
        channel.addEventListener('message', ({ data }) => channel.send(data))
      })
    })
    session.answer({ ...DATA_ONLY, pcConfig: { ...configuration, iceServers: lastingServers } })
  })
  let channel: RTCDataChannel | undefined
  let isEnded = false
  const session = caller.agent.call(callee.uri, {
    ...DATA_ONLY,
    pcConfig: configuration,
    eventHandlers: {
      peerconnection({ peerconnection }) {
        channel = peerconnection.createDataChannel('numbers', { ordered: false, maxRetransmits: 0 })
      },
      failed: ({ cause }) => void errors.push(cause),
      ended({ cause }) {
        isEnded = true
        errors.push(cause)
      },
    },
  })
  await Calls.until(() => session.isEstablished() && channel?.readyState === 'open')
  if (!channel) throw new Error(`no data channel: ${errors}`)
  const { connection } = session
  const open = channel
  return {
    pc: connection,
    errors,
    isOpen: () => !isEnded && open.readyState === 'open',
    send: (text) => open.send(text),
    onMessage: (listener) => open.addEventListener('message', listener),
    restartIce: () =>
      new Promise<void>((resolve, reject) => {
        const isStarted = session.renegotiate({ rtcOfferConstraints: { iceRestart: true } }, resolve)
        if (!isStarted) reject(new Error('JsSIP is negotiating'))
      }),
    async canNegotiate() {
      if (isEnded) return false
      connection.addTransceiver('audio')
      return new Promise((resolve) => {
        setTimeout(() => resolve(false), 5000)
        session.renegotiate({}, () => resolve(connection.getTransceivers().every(({ mid }) => mid)))
      })
    },
    close() {
      caller.agent.stop()
      callee.agent.stop()
    },
  }
}

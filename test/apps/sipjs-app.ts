/** A call of two SIP.js user agents in this page. */
import { type Invitation, Inviter, Registerer, type Session, SessionState, UserAgent, type Web } from 'sip.js'
import type { EchoApp } from '../support/echo-apps.js'

type HandlerOptions = Web.SessionDescriptionHandlerOptions

/** Without audio and video. */
const DATA_ONLY: HandlerOptions = { constraints: { audio: false, video: false } }

async function register(url: string, peerConnectionConfiguration: RTCConfiguration) {
  const uri = UserAgent.makeURI(`sip:${crypto.randomUUID()}@turnkeeper.test`)
  if (!uri) throw new Error('invalid SIP URI')
  const agent = new UserAgent({
    uri,
    transportOptions: { server: url },
    sessionDescriptionHandlerFactoryOptions: { peerConnectionConfiguration },
    logBuiltinEnabled: false,
  })
  await agent.start()
  const registerer = new Registerer(agent)
  await new Promise((onAccept, onReject) => {
    registerer.register({ requestDelegate: { onAccept, onReject } }).catch(onReject)
  })
  return { agent, uri }
}

const handlerOf = (session: Session) =>
  session.sessionDescriptionHandler as Web.SessionDescriptionHandler | undefined

export async function startSipJsCall(configuration: RTCConfiguration, url: string): Promise<EchoApp> {
  const [caller, callee] = await Promise.all([register(url, configuration), register(url, configuration)])
  const errors: string[] = []
  callee.agent.delegate = {
    onInvite(invitation: Invitation) {
      invitation.delegate = {
        onSessionDescriptionHandler(handler) {
          ;(handler as Web.SessionDescriptionHandler).peerConnectionDelegate = {
            ondatachannel: ({ channel }) =>
              channel.addEventListener('message', ({ data }) => channel.send(data)),
          }
        },
      }
      invitation
        .accept({ sessionDescriptionHandlerOptions: DATA_ONLY })
        .catch((error) => void errors.push(String(error)))
    },
  }
  const dataChannelOptions = { ordered: false, maxRetransmits: 0 }
  const options: HandlerOptions = { ...DATA_ONLY, dataChannel: true, dataChannelOptions }
  const session = new Inviter(caller.agent, callee.uri, { sessionDescriptionHandlerOptions: options })
  await session.invite()
  const channel = () => handlerOf(session)?.dataChannel
  if (!(await Calls.until(() => channel()?.readyState === 'open', 30_000))) {
    throw new Error(`SIP.js opened no data channel: ${session.state} ${errors}`)
  }
  const open = channel() as RTCDataChannel
  const pc = handlerOf(session)?.peerConnection as RTCPeerConnection
  return {
    pc,
    errors,
    isOpen: () => session.state === SessionState.Established && open.readyState === 'open',
    send: (text) => open.send(text),
    onMessage: (listener) => open.addEventListener('message', listener),
    async canNegotiate() {
      if (session.state !== SessionState.Established) return false
      pc.addTransceiver('audio')
      const response = new Promise<boolean>((resolve) => {
        const requestDelegate = { onAccept: () => resolve(true), onReject: () => resolve(false) }
        session
          .invite({ requestDelegate, sessionDescriptionHandlerOptions: options })
          .catch(() => resolve(false))
      })
      return (await response) && pc.getTransceivers().every(({ mid }) => mid !== null)
    },
    async close() {
      await Promise.all([caller.agent.stop(), callee.agent.stop()])
    },
  }
}

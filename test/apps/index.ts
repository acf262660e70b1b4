/** Adds the apps that use a library to the global `Apps` of a page that ran `installApps`. */
import type { EchoApps, LibraryApps } from '../support/echo-apps.js'
import { startJanusCall } from './janus-app.js'
import { startMediasoupCall } from './mediasoup-app.js'
import { startPeerJsCall } from './peerjs-app.js'
import { startSipCall } from './sip-app.js'
import { startSipJsCall } from './sipjs-app.js'
import { joinYjsRoom, startYjsCall } from './y-webrtc-app.js'

/** The class of the browser: the app of livekit-client is loaded while the drop-in class takes its place. */
const { RTCPeerConnection: RemoteConnection } = globalThis

const get = async (path: string) => (await fetch(path)).json()

const joinRemotely = (app: 'yjs' | 'trystero') => (room: string) =>
  fetch('/join', { method: 'POST', body: JSON.stringify({ app, room, caller: location.hash }) })

/**
 * Loads an app anew for each call: trystero makes connections in advance, with the servers of the first room of a page, and libp2p
 * reads the global `RTCPeerConnection` when it is loaded. livekit-client loads webrtc-adapter, which changes every connection of the page.
 */
async function load(path: string) {
  const script = new Blob([await get(path)], { type: 'text/javascript' })
  return import(/* @vite-ignore */ URL.createObjectURL(script))
}
const loadTrystero = (): Promise<typeof import('./trystero-app.js')> => load('/trystero')
const loadLibp2p = (): Promise<typeof import('./libp2p-app.js')> => load('/libp2p')
const loadLiveKit = (): Promise<typeof import('./livekit-app.js')> => load('/livekit')

const apps: LibraryApps = {
  janus: async (configuration) => startJanusCall(configuration, (await get('/services')).janus),
  sip: async (configuration) =>
    startSipCall(configuration, (await get('/services')).sip, await get('/lasting')),
  sipjs: async (configuration) => startSipJsCall(configuration, (await get('/services')).sip),
  async libp2p(configuration) {
    const { startLibp2pCall } = await loadLibp2p()
    return startLibp2pCall(configuration, (await get('/services')).libp2p)
  },
  yjs: async (configuration) =>
    startYjsCall(configuration, (await get('/services')).yjs, joinRemotely('yjs')),
  peerjs: async (configuration) => startPeerJsCall(configuration, (await get('/services')).peerjs),
  mediasoup: async (configuration) => startMediasoupCall(configuration, await get('/lasting')),
  async livekit(configuration) {
    const { startLiveKitCall } = await loadLiveKit()
    return startLiveKitCall(configuration, await get('/lasting'), RemoteConnection)
  },
  async trystero(configuration) {
    const { startTrysteroCall } = await loadTrystero()
    return startTrysteroCall(configuration, (await get('/services')).trystero, joinRemotely('trystero'))
  },
  async join({ app, room }) {
    const configuration = { iceServers: await get('/lasting'), iceTransportPolicy: 'relay' } as const
    const joinRoom = app === 'yjs' ? joinYjsRoom : (await loadTrystero()).joinTrysteroRoom
    joinRoom(room, (await get('/services'))[app], configuration)
  },
}

Object.assign(Apps, apps satisfies Partial<EchoApps>)

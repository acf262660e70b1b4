/** Runs in Hermes: a provider with an attached connection as react-native-webrtc makes it. Prints what happened, as JSON. */

// biome-ignore-all assist/source/organizeImports: ky needs the globals at its import
import { countRequests } from './hermes-globals.js'
// @ts-expect-error -- it has no types
import * as polyfills from 'whatwg-fetch'
import { IceServerProvider, parseIceUrl } from 'turnkeeper'

declare const print: (text: string) => void

const { fetch, Headers, Request, Response } = polyfills
Object.assign(globalThis, { fetch, Headers, Request, Response })

async function run() {
  const events: string[] = []
  const provider = new IceServerProvider('https://app.example.org/api/ice-servers', { retryLimit: 1 })
  provider.on('refresh', ({ outcome }) => events.push(outcome))
  provider.on('error', ({ code }) => events.push(code))
  const iceServers = await provider.getIceServers()
  const configuration: RTCConfiguration = { iceServers, iceTransportPolicy: 'relay' }

  const written: unknown[] = []
  const connection = {
    signalingState: 'stable',
    iceConnectionState: 'connected',
    localDescription: null,
    setConfiguration: (configuration: unknown) => void written.push(configuration),
    restartIce() {},
    getStats: async () => new Map(),
    addEventListener() {},
    removeEventListener() {},
  }
  const detach = provider.attach(connection as unknown as RTCPeerConnection, {
    configuration,
  })
  provider.setResponse({ iceServers: [{ ...iceServers[0], username: 'next' }], ttl: 600 } as never)
  await new Promise((resolve) => setTimeout(resolve, 50))
  detach()
  const { state } = provider
  provider.close()
  return {
    requests: countRequests(),
    events,
    iceServers,
    written,
    state,
    closedState: provider.state,
    isValid: ['turn:t.example.org', 'turn:a b'].map((url) => parseIceUrl(url).ok),
  }
}

run().then(
  (result) => print(JSON.stringify(result)),
  (error: unknown) => print(String(error)),
)

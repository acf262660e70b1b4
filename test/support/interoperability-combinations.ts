/** The combinations of remote peer and TURN server that the interoperability test compares. */
import type { EchoCallOptions } from './echo-call.js'

type CallOptions = Omit<EchoCallOptions, 'endpoint' | 'isAttached' | 'callMs'>

/** One call, made with and without the library. */
export interface Combination {
  readonly peer: string
  readonly server: string
  readonly options: Omit<EchoCallOptions, 'isAttached' | 'callMs'>
}

const app = (name: EchoCallOptions['app'], options: Partial<CallOptions> = {}): CallOptions => ({
  app: name,
  answerUrl: '',
  ...options,
})

const PAGE = app('http', { answerUrl: '/answer/page' })
const AIORTC = app('http', { answerUrl: '/answer/aiortc_echo.py' })

const COTURN = ['coturn', '/coturn'] as const
const KEEP = ["coturn, afterExpiry: 'keep'", '/keep'] as const
const DROPS = ['drops', '/drop'] as const
/** The same, with relay addresses that Janus can pair. */
const JANUS_COTURN = ['coturn', '/janus/coturn'] as const
const JANUS_DROPS = ['drops', '/janus/drop'] as const

const all = [COTURN, KEEP, DROPS]

/** Report an address at which nothing listens, so that Chromium calls the relayed candidate peer-reflexive. */
const EXTERNAL_COTURN = ['coturn, external-ip', '/external/coturn'] as const
const EXTERNAL_DROPS = ['drops, external-ip', '/external/drop'] as const

type Servers = readonly (readonly [server: string, endpoint: string])[]

const PEERS: readonly (readonly [peer: string, options: CallOptions, servers: Servers])[] = [
  ['a second page', PAGE, [...all, ['coturn, user-quota', '/quota']]],
  ['a second page, attached with servers of the app', { ...PAGE, hasOwnServers: true }, [DROPS]],
  ['a second page, iceCandidatePoolSize 1', { ...PAGE, poolSize: 1 }, [COTURN, DROPS]],
  ['a second page, iceCandidatePoolSize 10', { ...PAGE, poolSize: 10 }, [COTURN, DROPS]],
  ['an app that delivers its first offer only', { ...PAGE, losesLaterOffers: true }, all],
  ['@roamhq/wrtc', app('http', { answerUrl: '/answer/wrtc-echo.js' }), [COTURN, DROPS]],
  [
    '@roamhq/wrtc without TURN',
    app('http', { answerUrl: '/answer/direct' }),
    [EXTERNAL_COTURN, EXTERNAL_DROPS],
  ],
  ['aiortc, cannot restart ICE', AIORTC, all],
  ['aiortc, attached with servers of the app', { ...AIORTC, hasOwnServers: true }, [COTURN]],
  ['aiortc, new servers 2 s after the expiry', { ...AIORTC, renewalMs: 32_000 }, [COTURN]],
  ['aiortc, with new connections before the expiry', { ...AIORTC, replacesConnection: true }, [DROPS]],
  [
    'GStreamer webrtcbin, cannot restart ICE',
    app('http', { answerUrl: '/answer/gstreamer_echo.py' }),
    [COTURN, DROPS],
  ],
  ['simple-peer, plain attach()', app('simplePeer'), [COTURN, DROPS]],
  ['Janus echotest with janus.js, plain attach()', app('janus'), [JANUS_COTURN]],
  [
    'Janus echotest with janus.js, restartIce function',
    app('janus', { usesRestartFunction: true }),
    [JANUS_DROPS],
  ],
  ['JsSIP over Kamailio, restartIce function', app('sip', { usesRestartFunction: true }), [COTURN, DROPS]],
  ['y-webrtc, restartIce function', app('yjs', { usesRestartFunction: true }), [DROPS]],
  // Last, because it makes forty connections in advance.
  ['trystero, without media', app('trystero'), [COTURN]],
]

export const COMBINATIONS: readonly Combination[] = PEERS.flatMap(([peer, options, servers]) =>
  servers.map(([server, endpoint]) => ({ peer, server, options: { ...options, endpoint } })),
)

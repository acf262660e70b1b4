/** Unmodified libraries with one changed line: the class of their connections. */
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { bundleApp } from '../support/app-bundle.js'
import { openAppPage } from '../support/app-page.js'
import { type AppServices, startAppServices } from '../support/app-services.js'
import { describeInBrowsers } from '../support/browsers.js'
import { type DropInRow, writeDropIn } from '../support/drop-in-report.js'
import type { RemoteRoom } from '../support/echo-apps.js'
import { type EchoCallOptions, runEchoCall } from '../support/echo-call.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { findJanusAddress } from '../support/janus.js'
import { startPageServer } from '../support/page-server.js'
import { hasProgram } from '../support/system-packages.js'

const TTL_SECONDS = 8
const CALL_MS = 60_000
const TIMEOUT_MS = 180_000

/**
 * Messages that may be lost at each ICE restart: Firefox releases the old allocation with what is on its way to it, which is more on a
 * busy machine.
 */
const LOST_PER_RESTART = { chromium: 0, firefox: 6 } as const

/** The fragment of the URL of the page without the class. */
const UNCHANGED = '#unchanged'

type Library = readonly [name: string, app: EchoCallOptions['app'], options?: Partial<EchoCallOptions>]

const MEDIA_SERVER = { dropIn: { otherServers: 'remove' }, usesRestartFunction: true } as const

const LIBRARIES: readonly Library[] = [
  ['simple-peer', 'simplePeer'],
  ['PeerJS', 'peerjs'],
  ['JsSIP over Kamailio', 'sip'],
  ['SIP.js over Kamailio', 'sipjs'],
  ['js-libp2p', 'libp2p'],
  ['y-webrtc', 'yjs'],
  ['trystero', 'trystero'],
  // Media servers have no in-band channel.
  ['janus.js, `restartIce` function', 'janus', { endpoint: '/janus/ice-servers', ...MEDIA_SERVER }],
  ['mediasoup-client, `restartIce` function', 'mediasoup', MEDIA_SERVER],
  ['livekit-client, `restartIce` function', 'livekit', MEDIA_SERVER],
]

// Each is two calls. More of them at once lose messages on two cores.
vi.setConfig({ maxConcurrency: 5 })

describe.skipIf(!['kamailio', 'janus'].every(hasProgram))('libraries', () => {
  let turn: Awaited<ReturnType<typeof startEmbeddedTurn>>
  let turnOfJanus: typeof turn
  let services: AppServices
  let apps: string
  let pages: Awaited<ReturnType<typeof startPageServer>>
  const rows: DropInRow[] = []
  let joinInPage: (room: RemoteRoom) => Promise<void>

  beforeAll(async () => {
    turn = await startEmbeddedTurn({ atExpiry: 'drop' })
    turnOfJanus = await startEmbeddedTurn({ atExpiry: 'drop', relayIp: findJanusAddress() })
    services = await startAppServices()
    apps = await bundleApp('index.ts', 'iife')
    const trystero = await bundleApp('trystero-app.ts', 'es')
    const libp2p = await bundleApp('libp2p-app.ts', 'es')
    const livekit = await bundleApp('livekit-app.ts', 'es')
    pages = await startPageServer({
      '/ice-servers': () => turn.issueCredentials(TTL_SECONDS),
      '/janus/ice-servers': () => turnOfJanus.issueCredentials(TTL_SECONDS),
      '/lasting': async () => (await turn.issueCredentials(3600)).iceServers,
      '/services': () => services.urls,
      '/trystero': () => trystero,
      '/libp2p': () => libp2p,
      '/livekit': () => livekit,
      '/join': (_, body) => joinInPage(JSON.parse(body)),
    })
  })
  afterAll(async () => {
    pages?.stop()
    turn?.stop()
    turnOfJanus?.stop()
    await services?.stop()
    if (rows.length === LIBRARIES.length * 2) await writeDropIn(rows, CALL_MS / 1000, TTL_SECONDS)
  })

  describeInBrowsers('unmodified libraries', ({ name, open }) => {
    const prepare = (url: string) => openAppPage({ open }, url, apps)
    const openPages = async () =>
      [await prepare(`${pages.url}${UNCHANGED}`), await prepare(pages.url)] as const
    type Pages = Awaited<ReturnType<typeof openPages>>
    let shared: Pages
    /** livekit-client loads webrtc-adapter, which changes all connections of its page. */
    let ofLiveKit: Pages
    beforeAll(async () => {
      const prepareRemote = async () => {
        // Of another origin: y-webrtc connects the pages of one by a `BroadcastChannel`.
        const remote = await prepare(pages.url.replace('127.0.0.1', 'localhost'))
        await remote.evaluate(() => {
          const provider = new TurnKeeper.IceServerProvider('/lasting')
          globalThis.RTCPeerConnection = TurnKeeper.createPeerConnectionClass(provider, { inBand: true })
        })
        return remote
      }
      // Each with pages of its own: trystero shares connections between all rooms of a page, and y-webrtc tries to connect again.
      const remotes: Record<string, Page> = { [UNCHANGED]: await prepareRemote(), '': await prepareRemote() }
      joinInPage = (room) =>
        remotes[room.caller]?.evaluate((room) => Apps.join(room), room) ?? Promise.reject()
      shared = await openPages()
      ofLiveKit = await openPages()
    })

    it.concurrent.for(LIBRARIES)(
      '%s survives ten rotations with one changed line',
      { timeout: TIMEOUT_MS, retry: 2 },
      async ([library, app, options]) => {
        const dropIn = { inBand: true, otherServers: 'remove' } as const
        const call = { app, endpoint: '/ice-servers', answerUrl: '', isAttached: false, callMs: CALL_MS }
        const { dropIn: _, ...unchangedOptions } = { ...call, ...options }
        const [pageOfUnchanged, page] = app === 'livekit' ? ofLiveKit : shared
        const [unchanged, changed] = await Promise.all([
          pageOfUnchanged.evaluate(runEchoCall, unchangedOptions),
          page.evaluate(runEchoCall, { ...call, dropIn, ...options }),
        ])
        const completed = changed.restarts.filter((restart) => restart.endsWith('completed')).length
        expect(unchanged.isAlive).toBe(false)
        expect(changed).toMatchObject({ isAlive: true, errors: [], appErrors: [] })
        if (!options?.usesRestartFunction) expect(changed.offers).toBe(0)
        expect(completed).toBeGreaterThanOrEqual(10)
        const tolerated = LOST_PER_RESTART[name] * completed
        expect(changed.sent - changed.received).toBeLessThanOrEqual(tolerated)
        rows.push({ browser: name, library, unchanged, changed })
      },
    )
  })
})

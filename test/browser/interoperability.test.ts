/** Calls with remote peers of other stacks, attached beside unattached. */
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { type Coturn, startCoturn } from '../support/coturn.js'
import { installApps } from '../support/echo-apps.js'
import { type EchoCallOptions, runEchoCall } from '../support/echo-call.js'
import { type EchoOffer, type EchoPeer, startEchoPeer } from '../support/echo-peer.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import {
  findHarm,
  type InteroperabilityRow,
  isKnownLimit,
  writeInteroperability,
} from '../support/interoperability-report.js'
import { installCalls } from '../support/page-calls.js'
import { startPageServer } from '../support/page-server.js'
import { hasProgram } from '../support/system-packages.js'

const TTL_SECONDS = 30
const CALL_MS = 50_000
const TIMEOUT_MS = 120_000
const SIMPLE_PEER = new URL('../../node_modules/simple-peer/simplepeer.min.js', import.meta.url).pathname

type Combination = Pick<EchoCallOptions, 'app' | 'endpoint' | 'answerUrl' | 'poolSize' | 'losesLaterOffers'>

const PAGE: Pick<Combination, 'app' | 'answerUrl'> = { app: 'http', answerUrl: '/answer/page' }
const PEERS: Readonly<Record<string, Pick<Combination, 'app' | 'answerUrl' | 'losesLaterOffers'>>> = {
  'a second page': PAGE,
  '@roamhq/wrtc': { app: 'http', answerUrl: '/answer/wrtc-echo.js' },
  'simple-peer, plain attach()': { app: 'simplePeer', answerUrl: '' },
  'aiortc, cannot restart ICE': { app: 'http', answerUrl: '/answer/aiortc_echo.py' },
  'GStreamer webrtcbin, cannot restart ICE': { app: 'http', answerUrl: '/answer/gstreamer_echo.py' },
  'an app that delivers its first offer only': { ...PAGE, losesLaterOffers: true },
}
const SERVERS: Readonly<Record<string, string>> = {
  coturn: '/coturn',
  "coturn, afterExpiry: 'keep'": '/keep',
  drops: '/drop',
}
const COMBINATIONS: readonly (readonly [peer: string, server: string, Combination])[] = [
  ...Object.entries(PEERS).flatMap(([peer, options]) =>
    Object.entries(SERVERS).map(([server, endpoint]) => [peer, server, { ...options, endpoint }] as const),
  ),
  ['a second page', 'coturn, user-quota', { ...PAGE, endpoint: '/quota' }],
  ['a second page, iceCandidatePoolSize 1', 'coturn', { ...PAGE, endpoint: '/coturn', poolSize: 1 }],
  ['a second page, iceCandidatePoolSize 1', 'drops', { ...PAGE, endpoint: '/drop', poolSize: 1 }],
  ['a second page, iceCandidatePoolSize 10', 'coturn', { ...PAGE, endpoint: '/coturn', poolSize: 10 }],
  ['a second page, iceCandidatePoolSize 10', 'drops', { ...PAGE, endpoint: '/drop', poolSize: 10 }],
]

/** In the order of the combinations. */
function sorted(rows: readonly InteroperabilityRow[]): InteroperabilityRow[] {
  const indexOf = ({ peer, server }: InteroperabilityRow) =>
    COMBINATIONS.findIndex((combination) => combination[0] === peer && combination[1] === server)
  return [...rows].sort((a, b) => a.browser.localeCompare(b.browser) || indexOf(a) - indexOf(b))
}

describe.skipIf(!['coturn', 'aiortc', 'webrtcbin'].every(hasProgram))('interoperability', () => {
  const coturns: Record<string, Coturn> = {}
  const peers: EchoPeer[] = []
  let dropping: Awaited<ReturnType<typeof startEmbeddedTurn>>
  let pages: Awaited<ReturnType<typeof startPageServer>>
  let answerInPage: (offer: EchoOffer, iceServers: RTCIceServer[]) => Promise<string>
  const rows: InteroperabilityRow[] = []

  beforeAll(async () => {
    dropping = await startEmbeddedTurn({ atExpiry: 'drop' })
    coturns['/coturn'] = await startCoturn()
    // One allocation while the other one is still alive is too many.
    coturns['/quota'] = await startCoturn({ userQuota: 1 })
    coturns['/keep'] = coturns['/coturn']
    const lasting = () => [coturns['/coturn']?.issueCredentials(3600, 'remote') as RTCIceServer]
    const answerWith = (fileName: string) => {
      const peer = startEchoPeer(fileName)
      peers.push(peer)
      return (_: unknown, body: string) => peer.answer(JSON.parse(body), lasting())
    }
    const callCounts: Record<string, number> = {}
    const servers = (path: string) => () => {
      // Each call has a user of its own.
      callCounts[path] = (callCounts[path] ?? 0) + 1
      const user = `user${callCounts[path]}`
      const hint = path === '/keep' ? { afterExpiry: 'keep' } : {}
      return { iceServers: [coturns[path]?.issueCredentials(TTL_SECONDS, user)], ttl: TTL_SECONDS, ...hint }
    }
    pages = await startPageServer({
      ...Object.fromEntries(Object.keys(coturns).map((path) => [path, servers(path)])),
      '/drop': () => dropping.issueCredentials(TTL_SECONDS),
      '/answer/page': (_, body) => answerInPage(JSON.parse(body), lasting()),
      ...Object.fromEntries(
        ['wrtc-echo.js', 'aiortc_echo.py', 'gstreamer_echo.py'].map((name) => [
          `/answer/${name}`,
          answerWith(name),
        ]),
      ),
    })
  })
  afterAll(async () => {
    pages?.stop()
    dropping?.stop()
    for (const peer of peers) peer.stop()
    for (const coturn of new Set(Object.values(coturns))) await coturn.stop()
    const isComplete = rows.length === COMBINATIONS.length * 2
    if (isComplete) await writeInteroperability(sorted(rows))
  })

  describeInBrowsers('an attached call', ({ name, open }) => {
    const prepare = async (): Promise<Page> => {
      const page = await open(pages.url)
      await page.addScriptTag({ path: SIMPLE_PEER })
      await page.evaluate(installCalls)
      await page.evaluate(installApps)
      return page
    }
    let page: Page
    beforeAll(async () => {
      const answerer = await prepare()
      answerInPage = (offer, iceServers) =>
        answerer.evaluate((offer, configuration) => Apps.answer(offer, configuration), offer, {
          iceServers,
          iceTransportPolicy: 'relay' as const,
        })
      page = await prepare()
    })

    it.concurrent.for(COMBINATIONS)(
      'fares at least as well as an unattached one, with %s and a TURN server: %s',
      { timeout: TIMEOUT_MS, retry: 0 },
      async ([peer, server, combination]) => {
        const run = (isAttached: boolean) =>
          page.evaluate(runEchoCall, { ...combination, isAttached, callMs: CALL_MS })
        const [unattached, attached] = await Promise.all([run(false), run(true)])
        const row = { browser: name, peer, server, unattached, attached }
        rows.push(row)
        if (!isKnownLimit(row)) expect(findHarm(row)).toEqual([])
      },
    )
  })
})

/** Calls with remote peers of other stacks, attached beside unattached. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { type Coturn, startCoturn } from '../support/coturn.js'
import { type EchoPeer, startEchoPeer } from '../support/echo-peer.js'
import { runEchoCall } from '../support/echo-call.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { installCalls } from '../support/page-calls.js'
import { startPageServer } from '../support/page-server.js'

const TTL_SECONDS = 9
const CALL_MS = Number(process.env.CALL_MS ?? 30_000)
const PEERS = (process.env.PEERS ?? 'aiortc').split(',')
let pages: Awaited<ReturnType<typeof startPageServer>>
let coturn: Coturn
let dropping: Awaited<ReturnType<typeof startEmbeddedTurn>>
const peers: Record<string, EchoPeer> = {}
beforeAll(async () => {
  coturn = await startCoturn()
  dropping = await startEmbeddedTurn({ atExpiry: 'drop' })
  for (const name of PEERS) peers[name] = startEchoPeer(`${name}_echo.py`)
  pages = await startPageServer({
    '/keep': () => ({ iceServers: [coturn.issueCredentials(TTL_SECONDS)], ttl: TTL_SECONDS }),
    '/drop': () => dropping.issueCredentials(TTL_SECONDS),
    ...Object.fromEntries(PEERS.map((peer) => [`/answer/${peer}`, (_: unknown, body: string) => {
      const { call, sdp } = JSON.parse(body)
      return peers[peer]?.answer(call, sdp)
    }]))
  })
})
afterAll(async () => {
  pages?.stop()
  for (const peer of Object.values(peers)) peer.stop()
  dropping?.stop()
  await coturn?.stop()
})
describeInBrowsers('x', ({ name, open }) => {
  it('y', { retry: 0, timeout: 300_000 }, async () => {
    const page = await open(pages.url)
    await page.evaluate(installCalls)
    const cells = PEERS.flatMap((peer) => ['keep', 'drop'].flatMap((server) => [false, true].flatMap((isAttached) => (process.env.D ? [true] : [false]).map((dropsLaterOffers) => ({
      endpoint: `/${server}`, answerUrl: `/answer/${peer}`, isAttached, callMs: CALL_MS, dropsLaterOffers })))))
    const results = await Promise.all(cells.map((cell) => page.evaluate(runEchoCall, cell).catch((error) => String(error))))
    results.forEach((r, i: number) => console.log(name, JSON.stringify(cells[i]), JSON.stringify(r)))
  })
})

/** Calls that fail for a known cause, and the verdict of `explain()`. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { Page } from 'puppeteer-core'
import type { ConnectionVerdict, RTCIceServer } from 'turnkeeper'
import { afterAll, beforeAll, it } from 'vitest'
import { freeUdpPort } from '../../demo/free-udp-port.js'
import { describeInBrowsers } from '../support/browsers.js'
import { type Coturn, startCoturn } from '../support/coturn.js'
import { type CallOptions, type PageWithCall, startCall } from '../support/explained-call.js'
import { installCalls } from '../support/page-calls.js'
import { startPageServer } from '../support/page-server.js'

/** The calls wait for most of their time. */
const CONCURRENT = { timeout: 180_000, concurrent: true }
const TTL_SECONDS = 3600

let coturn: Coturn
let closedCoturn: Coturn
let pages: Awaited<ReturnType<typeof startPageServer>>
/** Receives packets and never responds. */
const silentSocket = createSocket('udp4')
let closedPort: number
beforeAll(async () => {
  coturn = await startCoturn()
  closedCoturn = await startCoturn({ allowsLoopbackPeers: false })
  pages = await startPageServer()
  closedPort = await freeUdpPort()
  silentSocket.bind(0, '127.0.0.1')
  await once(silentSocket, 'listening')
})
afterAll(async () => {
  pages?.stop()
  silentSocket.close()
  await coturn?.stop()
  await closedCoturn?.stop()
})

/** A TURN server of the tests with other URLs. */
const turn = (urls: string, ttlSeconds = TTL_SECONDS): RTCIceServer => ({
  ...coturn.issueCredentials(ttlSeconds),
  urls,
})

interface Cause {
  readonly title: string
  readonly createOptions: () => CallOptions
  readonly verdict: ConnectionVerdict
  /** Firefox 153 reports all TURN servers without a response in the same way. */
  readonly firefox?: ConnectionVerdict
}

const CAUSES: readonly Cause[] = [
  {
    title: 'a configuration without a TURN server, with the policy relay',
    createOptions: () => ({ iceServers: [] }),
    verdict: 'no-turn-server',
  },
  {
    title: 'a configuration without a TURN server, where no direct path works',
    createOptions: () => ({ iceServers: [], iceTransportPolicy: 'all', signaling: 'alters ports' }),
    verdict: 'no-turn-server',
  },
  {
    title: 'a wrong secret',
    createOptions: () => ({ iceServers: [{ ...turn(coturn.url), credential: 'wrong' }] }),
    verdict: 'credentials-rejected',
  },
  {
    title: 'credentials that have expired',
    createOptions: () => ({ iceServers: [turn(coturn.url, -10)] }),
    verdict: 'credentials-rejected',
  },
  {
    title: 'a UDP port that does not respond, and no other URL',
    createOptions: () => ({ iceServers: [turn(`turn:127.0.0.1:${silentSocket.address().port}`)] }),
    verdict: 'udp-blocked',
  },
  {
    title: 'a UDP port that does not respond and a closed TCP port',
    createOptions: () => ({
      iceServers: [
        turn(`turn:127.0.0.1:${silentSocket.address().port}`),
        turn(`turn:127.0.0.1:${closedPort}?transport=tcp`),
      ],
    }),
    verdict: 'turn-unreachable',
  },
  {
    title: 'an unknown host name',
    createOptions: () => ({ iceServers: [turn('turn:nowhere.invalid')] }),
    verdict: 'host-not-found',
    firefox: 'turn-unreachable',
  },
  {
    title: 'an SDP answer that is never delivered',
    createOptions: () => ({ iceServers: [turn(coturn.url)], signaling: 'drops SDP answers' }),
    verdict: 'no-answer',
  },
  {
    title: 'an app that sets no SDP answer',
    createOptions: () => ({
      iceServers: [turn(coturn.url)],
      signaling: 'never sets SDP answers',
      peer: 'callee',
    }),
    verdict: 'no-local-answer',
  },
  {
    title: 'candidates that are never delivered',
    createOptions: () => ({ iceServers: [turn(coturn.url)], signaling: 'drops candidates' }),
    verdict: 'no-remote-candidates',
  },
  {
    title: 'a TURN server that does not relay to the remote peer',
    createOptions: () => ({ iceServers: [closedCoturn.issueCredentials(TTL_SECONDS)] }),
    verdict: 'no-response',
  },
  {
    title: 'a fingerprint that was altered',
    createOptions: () => ({ iceServers: [turn(coturn.url)], signaling: 'alters fingerprints' }),
    verdict: 'dtls-failed',
  },
  {
    title: 'a wrong secret of a connection that is not attached',
    createOptions: () => ({
      iceServers: [{ ...turn(coturn.url), credential: 'wrong' }],
      isAttached: false,
    }),
    verdict: 'no-relay-candidate',
  },
]

describeInBrowsers('explain()', ({ name, open }) => {
  const start = async (options: CallOptions) => {
    const page = await open(pages.url)
    await page.evaluate(installCalls)
    await page.evaluate(startCall, options)
    return page
  }
  const explainResult = (page: Page) => page.evaluate(() => (globalThis as PageWithCall).call.explainResult())
  /** Resolves with the explanation of the first restart that fails. */
  const explainFailure = (page: Page) =>
    page.evaluate(async () => {
      const { call } = globalThis as PageWithCall
      await call.rotate()
      await Calls.until(() => call.failures.length > 0)
      return call.failures[0]
    })

  it.for(CAUSES)('finds the cause: $title', CONCURRENT, async (cause, { expect }) => {
    const options = cause.createOptions()
    const page = await start(options)
    const explanation = await explainResult(page)
    const expected = (name === 'firefox' && cause.firefox) || cause.verdict
    expect(explanation.verdict, JSON.stringify(explanation)).toBe(expected)
    const { isAttached = true } = options
    const inSnapshot = await page.evaluate(() => (globalThis as PageWithCall).call.explainInSnapshot())
    expect(inSnapshot?.verdict).toBe(isAttached ? expected : undefined)
    expect(explanation.missing).toEqual(isAttached ? [] : ['events'])
    for (const { username, credential } of options.iceServers) {
      expect(JSON.stringify(explanation)).not.toContain(username)
      expect(JSON.stringify(explanation)).not.toContain(credential)
    }
    await page.evaluate(() => (globalThis as PageWithCall).call.close())
    const { verdict } = await page.evaluate(() => (globalThis as PageWithCall).call.explain())
    expect(verdict).toBe('closed')
  })

  it('finds a quota that is reached', CONCURRENT, async ({ expect, onTestFinished }) => {
    const limited = await startCoturn({ userQuota: 1 })
    onTestFinished(() => limited.stop())
    const options: CallOptions = { iceServers: [limited.issueCredentials(TTL_SECONDS)] }
    const other = await start({ ...options, signaling: 'drops SDP answers' })
    await other.evaluate(() =>
      Calls.until(() => {
        const { facts } = (globalThis as PageWithCall).call.explainInSnapshot() ?? {}
        return facts?.localCandidateTypes?.includes('relay')
      }),
    )
    const { verdict } = await explainResult(await start(options))
    expect(verdict).toBe('quota-reached')
  })

  it(
    'finds a remote peer that does not restart ICE, in the restart event and afterwards',
    CONCURRENT,
    async ({ expect }) => {
      const page = await start({
        iceServers: [turn(coturn.url)],
        nextServers: [turn(coturn.url, TTL_SECONDS + 1)],
        signaling: 'repeats the first SDP answer',
      })
      expect((await explainResult(page)).verdict).toBe('connected')
      expect((await explainFailure(page))?.verdict).toBe('no-ice-restart')
      expect(await explainResult(page)).toMatchObject({ verdict: 'no-ice-restart', relayed: true })
    },
  )

  it(
    'finds rejected credentials behind a restart that got no relay address',
    CONCURRENT,
    async ({ expect }) => {
      const nextServers = [{ ...turn(coturn.url, TTL_SECONDS + 1), credential: 'wrong' }]
      const page = await start({ iceServers: [turn(coturn.url)], nextServers })
      expect((await explainResult(page)).verdict).toBe('connected')
      expect(await explainFailure(page)).toMatchObject({ verdict: 'credentials-rejected' })
    },
  )

  it(
    'finds that a call is lost whose TURN server has stopped, and the server with the next restart',
    CONCURRENT,
    async ({ expect }) => {
      const stopping = await startCoturn()
      const page = await start({
        iceServers: [stopping.issueCredentials(TTL_SECONDS)],
        nextServers: [stopping.issueCredentials(TTL_SECONDS + 1)],
      })
      expect((await explainResult(page)).verdict).toBe('connected')
      await stopping.stop()
      await page.evaluate(() =>
        Calls.until(() => (globalThis as PageWithCall).call.explainInSnapshot()?.verdict !== 'connected'),
      )
      expect((await explainResult(page)).verdict).toBe('connection-lost')
      const failure = await explainFailure(page)
      expect(failure?.verdict).toBe('turn-unreachable')
    },
  )

  it.for([true, false])(
    'describes the path of a call through a TURN server, attached: %s',
    CONCURRENT,
    async (isAttached, { expect }) => {
      const explanation = await explainResult(await start({ iceServers: [turn(coturn.url)], isAttached }))
      const path = { relayed: true, relayUrl: coturn.url, protocol: 'udp' }
      expect(explanation).toMatchObject({ verdict: 'connected', ...path })
      expect(explanation.bytes).toBeGreaterThan(0)
    },
  )

  it('describes the path of a direct call', CONCURRENT, async ({ expect }) => {
    const explanation = await explainResult(await start({ iceServers: [], iceTransportPolicy: 'all' }))
    expect(explanation).toMatchObject({ verdict: 'connected', relayed: false, protocol: 'udp' })
    expect(explanation.relayUrl).toBeUndefined()
    expect(explanation.bytes).toBeGreaterThan(0)
  })
})

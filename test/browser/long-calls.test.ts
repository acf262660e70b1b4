/** How far relay-only calls get in hundreds of credential rotations, with and without the library: written to bench/RESULTS.md. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { write } from '../../bench/report.js'
import { LONG_CALLS } from '../../bench/sections.js'
import { type BrowserName, launchBrowser } from '../support/browsers.js'
import { startCoturn } from '../support/coturn.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { installCalls } from '../support/page-calls.js'
import { startPageServer } from '../support/page-server.js'
import { type RotatingCallResult, type RotationStrategy, runRotatingCall } from '../support/rotating-call.js'
import { wait } from '../support/wait.js'

const ROTATIONS = Number(process.env.MARATHON_ROTATIONS)
const TTL_SECONDS = 8
/** Calls that start together take so long to connect in Firefox that their first credentials expire. */
const START_GAP_MS = 5000
/** Twice the time that the rotations take. */
const TIMEOUT_MS = ROTATIONS * TTL_SECONDS * 1000

const BROWSERS: readonly BrowserName[] = ['chromium', 'firefox']
const SERVERS = { '/dropping': 'drops', '/coturn': 'keeps (coturn)' } as const
type Endpoint = keyof typeof SERVERS
const ENDPOINTS = Object.keys(SERVERS) as Endpoint[]
const STRATEGIES: readonly RotationStrategy[] = ['library', 'fetch once']

interface Row {
  readonly browser: BrowserName
  readonly endpoint: Endpoint
  readonly strategy: RotationStrategy
  readonly result: RotatingCallResult
}

/** The versions of the browsers. */
const versions: Record<string, string> = {}

describe(`with credentials that are valid for ${TTL_SECONDS} s`, () => {
  const servers: { stop(): void | Promise<void> }[] = []
  let url: string

  beforeAll(async () => {
    const dropping = await startEmbeddedTurn({ atExpiry: 'drop' })
    const coturn = await startCoturn()
    const pages = await startPageServer({
      '/dropping': () => dropping.issueCredentials(TTL_SECONDS),
      '/coturn': () => ({
        iceServers: [coturn.issueCredentials(TTL_SECONDS)],
        ttl: TTL_SECONDS,
        afterExpiry: 'keep',
      }),
    })
    servers.push(pages, dropping, coturn)
    url = pages.url
  })
  afterAll(() => Promise.all(servers.map((server) => server.stop())))

  /** Makes all calls of a browser in one page, because browsers throttle pages in the background. */
  async function runIn(browser: BrowserName): Promise<Row[]> {
    const launched = await launchBrowser(browser)
    try {
      versions[browser] = (await launched.version()).split('/')[1] ?? ''
      const page = await launched.newPage()
      await page.goto(url)
      await page.evaluate(installCalls)
      const combinations = ENDPOINTS.flatMap((endpoint) =>
        STRATEGIES.map((strategy) => ({ endpoint, strategy })),
      )
      return await Promise.all(
        combinations.map(async ({ endpoint, strategy }, index) => {
          await wait(index * START_GAP_MS)
          const start = () => page.evaluate(runRotatingCall, endpoint, strategy, ROTATIONS, TIMEOUT_MS)
          // On a busy machine the first credentials can expire before the call is connected.
          const result = await start().catch(start).catch(start)
          const row = { browser, endpoint, strategy, result }
          console.log(JSON.stringify({ ...row, result: { ...result, usernames: [], frames: [] } }))
          return row
        }),
      )
    } finally {
      await launched.close()
    }
  }

  it(`an attached call gets at least as far as an unattached one in ${ROTATIONS} rotations`, {
    timeout: TIMEOUT_MS * 2,
    retry: 0,
  }, async () => {
    const rows = (await Promise.all(BROWSERS.map(runIn))).flat()
    write(LONG_CALLS, {
      tables: [
        {
          caption: `Up to ${ROTATIONS} rotations of credentials that are valid for ${TTL_SECONDS} s, until the connection is \`disconnected\`. All calls at the same time:`,
          rows: rows.map(toCells),
        },
      ],
      notes: rows.flatMap(toNote),
      versions,
    })
    for (const { browser, endpoint, strategy, result } of rows) {
      if (strategy !== 'library') continue
      const unattached = rows.find(
        (row) => row.browser === browser && row.endpoint === endpoint && row.strategy !== strategy,
      )
      // An ended call may count one rotation more before that is noticed.
      const expected = Math.min(unattached?.result.rotations ?? 0, ROTATIONS)
      expect(result.rotations, `${browser} ${endpoint}`).toBeGreaterThanOrEqual(expected)
    }
  })
})

/** Returns what the library reported about an attached call that ended. */
function toNote({ browser, endpoint, strategy, result }: Row): string[] {
  const last = result.errors.at(-1)
  if (strategy !== 'library' || last === undefined) return []
  return [
    `Last report about the attached call in ${browser} on the server that ${SERVERS[endpoint]}: \`${last}\`.`,
  ]
}

function toCells({ browser, endpoint, strategy, result }: Row) {
  const lost = ({ sent, received }: { sent: number; received: number }) => `${sent - received} of ${sent}`
  return {
    browser,
    'TURN server at expiry': SERVERS[endpoint],
    app: strategy === 'library' ? 'attached' : 'fetches once',
    rotations: result.rotations,
    'ICE restarts': result.restarts,
    'lost, unreliable channel': lost(result.unreliable),
    'lost, reliable channel': lost(result.reliable),
    'ended by': result.states.find((state) => /^(disconnected|failed)$/.test(state)) ?? '',
    errors: result.errors.length,
  }
}

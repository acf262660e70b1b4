/** The code of `docs/migration.md` for the page, in calls that outlive several credentials. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { readMigrationCode } from '../support/migration-code.js'
import { installCalls } from '../support/page-calls.js'
import { startPageServer } from '../support/page-server.js'

const TTL_SECONDS = 8
const ROTATIONS = 5

let turn: Awaited<ReturnType<typeof startEmbeddedTurn>>
let pages: Awaited<ReturnType<typeof startPageServer>>

beforeAll(async () => {
  turn = await startEmbeddedTurn({ atExpiry: 'drop' })
  pages = await startPageServer({
    '/api/ice-servers': () => turn.issueCredentials(TTL_SECONDS),
    '/matrix': async () => {
      const { iceServers } = await turn.issueCredentials(TTL_SECONDS)
      const [{ urls = [], username, credential } = {}] = iceServers
      return { uris: [urls].flat(), username, password: credential, ttl: TTL_SECONDS }
    },
  })
})
afterAll(() => {
  pages?.stop()
  turn?.stop()
})

/** Runs in the page: makes a relay-only call with the code of the page, and keeps it up through the rotations. */
async function runCall(code: string, rotations: number) {
  const Native = RTCPeerConnection
  globalThis.RTCPeerConnection = class extends Native {
    constructor(configuration?: RTCConfiguration) {
      super({ ...configuration, iceTransportPolicy: 'relay' })
    }
  }
  const client = { turnServer: async () => (await fetch('/matrix')).json() }
  const exports: { createConnection?: () => Promise<RTCPeerConnection> } = {}
  new Function('exports', 'require', 'client', code)(exports, () => TurnKeeper, client)
  const connect = async () => (await exports.createConnection?.()) as RTCPeerConnection
  const [caller, callee] = [await connect(), await connect()]
  const states = new Set<string>()
  caller.addEventListener('iceconnectionstatechange', () => states.add(caller.iceConnectionState))
  const channel = caller.createDataChannel('traffic')
  const { traffic, stop } = Calls.sendTraffic(channel, callee)
  Calls.negotiateInPage(caller, callee)
  await Calls.until(() => traffic.received > 0)

  const usernames = new Set<string>()
  const countUsernames = () => {
    for (const { username } of caller.getConfiguration().iceServers ?? []) usernames.add(username ?? '')
    return usernames.size
  }
  await Calls.until(() => countUsernames() > rotations || channel.readyState !== 'open', 120_000)
  const { sent, received } = await stop()
  caller.close()
  callee.close()
  return {
    sent,
    received,
    states: [...states],
    rotations: usernames.size - 1,
    errors: Calls.negotiationErrors,
  }
}

describeInBrowsers('the code of the migration page', ({ open }) => {
  it.each(['From a timer with `setConfiguration()`', "From polling like matrix-js-sdk's"])(
    'keeps a relayed call alive through five rotations: %s',
    async (section) => {
      const page = await open(pages.url)
      await page.evaluate(installCalls)
      const result = await page.evaluate(runCall, readMigrationCode(section), ROTATIONS)
      await page.close()
      expect(result.errors).toEqual([])
      expect(result.rotations).toBeGreaterThanOrEqual(ROTATIONS)
      expect(result.sent).toBeGreaterThan(ROTATIONS)
      expect(result.received).toBe(result.sent)
      expect(result.states.filter((state) => !/^(checking|connected|completed)$/.test(state))).toEqual([])
    },
  )
})

/** TURN REST credentials on a real coturn. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createTurnRestCredentials } from '../../src/server/index.js'
import { describeInBrowsers } from '../support/browsers.js'
import { type Coturn, startCoturn } from '../support/coturn.js'
import { startPageServer } from '../support/page-server.js'
import { hasProgram } from '../support/system-packages.js'

/** Runs in the page: gathers relay candidates, and resolves with their types and the error codes. */
async function gather(iceServers: RTCIceServer[]) {
  const pc = new RTCPeerConnection({ iceServers, iceTransportPolicy: 'relay' })
  const candidates: string[] = []
  const errors: number[] = []
  pc.onicecandidate = ({ candidate }) => candidate?.type && candidates.push(candidate.type)
  pc.onicecandidateerror = ({ errorCode }) => errors.push(errorCode)
  pc.createDataChannel('x')
  await pc.setLocalDescription()
  while (pc.iceGatheringState !== 'complete') await new Promise((resolve) => setTimeout(resolve, 20))
  pc.close()
  return { candidates, errors }
}

describe.skipIf(!hasProgram('coturn'))('with coturn', () => {
  let coturn: Coturn
  let server: Awaited<ReturnType<typeof startPageServer>>
  beforeAll(async () => {
    coturn = await startCoturn()
    server = await startPageServer()
  })
  afterAll(async () => {
    server?.stop()
    await coturn?.stop()
  })
  const issue = (userId: string, ttl: number, secret: string | string[] = coturn.secret) =>
    createTurnRestCredentials({ secret, urls: coturn.url }).generateCredentials({ userId, ttl })

  describeInBrowsers('createTurnRestCredentials', ({ open }) => {
    it('issues credentials that coturn accepts, with colons, non-ASCII letters and a rotated secret', async () => {
      const page = await open(server.url)
      const issued = [
        await issue('alice', 60),
        await issue('a:b', 60),
        await issue('zoë 😀', 60),
        await issue('x', 60, [coturn.secret, 'old']),
      ]
      for (const { iceServers } of issued) {
        expect(await page.evaluate(gather, iceServers)).toEqual({ candidates: ['relay'], errors: [] })
      }
      const { iceServers } = await issue('x', 60, ['other', coturn.secret])
      expect(await page.evaluate(gather, iceServers)).toEqual({ candidates: [], errors: [401] })
    })

    it('issues credentials that coturn accepts for every user id, however odd or long', async () => {
      const page = await open(server.url)
      const userIds = [
        `O'Brien "Bob" \\o/`,
        'credit-union-selection',
        'UNION SELECT',
        "a' OR '1'='1",
        'tab\tline\r\nend\0',
        '%27',
        '<>&|`$(){}[]^~*?#;,=+@!',
        'x'.repeat(497),
        'x'.repeat(498),
        '😀'.repeat(5000),
      ]
      const usernames = new Set<string | undefined>()
      for (const userId of userIds) {
        const { iceServers } = await issue(userId, 60)
        usernames.add(iceServers[0]?.username)
        expect([userId, await page.evaluate(gather, iceServers)]).toEqual([
          userId,
          { candidates: ['relay'], errors: [] },
        ])
      }
      expect(usernames.size).toBe(userIds.length)
    })

    it('signs like a coturn with another separator, whose secret has quotes and white space around it', async () => {
      const page = await open(server.url)
      const other = await startCoturn({ separator: '|', quotesSecret: true })
      onTestFinished(() => other.stop())
      for (const [separator, outcome] of [
        ['|', { candidates: ['relay'], errors: [] }],
        ['-', { candidates: [], errors: [401] }],
      ] as const) {
        const secret = ` "${other.secret}" \r\n`
        const turn = createTurnRestCredentials({ secret, urls: other.url, separator })
        // With a wrong separator, coturn reads no expiry: the user id must not begin with a digit.
        const { iceServers } = await turn.generateCredentials({ userId: 'a|b:c', ttl: 60 })
        expect(await page.evaluate(gather, iceServers)).toEqual(outcome)
      }
    })

    it('issues credentials that coturn accepts before their expiry and rejects one second after it', async () => {
      const page = await open(server.url)
      const { iceServers, expiresAt } = await issue('alice', 3)
      expect((await page.evaluate(gather, iceServers)).candidates).toEqual(['relay'])
      await new Promise((resolve) => setTimeout(resolve, expiresAt + 1000 - Date.now()))
      expect(await page.evaluate(gather, iceServers)).toEqual({ candidates: [], errors: [401] })
    })
  })
})

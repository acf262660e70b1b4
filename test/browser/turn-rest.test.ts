/** TURN REST credentials on a real coturn. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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

    it('issues credentials that coturn accepts before their expiry and rejects one second after it', async () => {
      const page = await open(server.url)
      const { iceServers, expiresAt } = await issue('alice', 3)
      expect((await page.evaluate(gather, iceServers)).candidates).toEqual(['relay'])
      await new Promise((resolve) => setTimeout(resolve, expiresAt + 1000 - Date.now()))
      expect(await page.evaluate(gather, iceServers)).toEqual({ candidates: [], errors: [401] })
    })
  })
})

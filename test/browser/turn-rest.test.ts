import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createTurnRestCredentials } from '../../src/server/index.js'
import { describeInBrowsers } from '../support/browsers.js'
import { type Coturn, startCoturn } from '../support/coturn.js'
import { startPageServer } from '../support/page-server.js'
import { findProgram } from '../support/system-packages.js'

/** Runs in the page: what candidates and errors these servers give. */
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

describe.skipIf(!findProgram('coturn'))('coturn and createTurnRestCredentials', () => {
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
  const mint = (userId: string, ttl: number, secret: string | string[] = coturn.secret) =>
    createTurnRestCredentials({ secret, urls: coturn.url }).generateCredentials({ userId, ttl })

  describeInBrowsers('agree', ({ open }) => {
    it('on who is let in: colons, other letters and a rotated secret, but not another secret', async () => {
      const page = await open(server.url)
      const allowed = [
        await mint('alice', 60),
        await mint('a:b', 60),
        await mint('zoë 😀', 60),
        await mint('x', 60, [coturn.secret, 'old']),
      ]
      for (const { iceServers } of allowed) {
        expect(await page.evaluate(gather, iceServers)).toEqual({ candidates: ['relay'], errors: [] })
      }
      const { iceServers } = await mint('x', 60, ['other', coturn.secret])
      expect(await page.evaluate(gather, iceServers)).toEqual({ candidates: [], errors: [401] })
    })

    it('on the end: accepted before it, refused one second after it', async () => {
      const page = await open(server.url)
      const { iceServers, expiresAt } = await mint('alice', 3)
      expect((await page.evaluate(gather, iceServers)).candidates).toEqual(['relay'])
      await new Promise((resolve) => setTimeout(resolve, expiresAt + 1000 - Date.now()))
      expect(await page.evaluate(gather, iceServers)).toEqual({ candidates: [], errors: [401] })
    })
  })
})

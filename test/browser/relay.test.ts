import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { type Coturn, startCoturn } from '../support/coturn.js'
import { startPageServer } from '../support/page-server.js'
import { findProgram } from '../support/system-packages.js'

const TTL_SECONDS = 6
const REFRESHES = 2

/** Runs in the page: a relay-only call within it, kept fresh, and what became of it. */
async function callForRefreshes(refreshes: number) {
  const provider = new TurnKeeper.IceServerProvider('/ice-servers')
  const errors: string[] = []
  provider.on('error', (error) => errors.push(`${error.code} ${error.message}`))
  const key: EcKeyGenParams = { name: 'ECDSA', namedCurve: 'P-256' }
  const configuration = {
    iceServers: await provider.getIceServers(),
    iceTransportPolicy: 'relay' as const,
    bundlePolicy: 'max-bundle' as const,
    certificates: [await RTCPeerConnection.generateCertificate(key)],
  }
  const [caller, callee] = [new RTCPeerConnection(configuration), new RTCPeerConnection(configuration)]
  const usernames = new Set([provider.current?.iceServers.at(-1)?.username])

  caller.onicecandidate = ({ candidate }) => void callee.addIceCandidate(candidate ?? undefined)
  callee.onicecandidate = ({ candidate }) => void caller.addIceCandidate(candidate ?? undefined)
  const negotiate = async () => {
    await caller.setLocalDescription(await caller.createOffer())
    await callee.setRemoteDescription(caller.localDescription as RTCSessionDescription)
    await callee.setLocalDescription(await callee.createAnswer())
    await caller.setRemoteDescription(callee.localDescription as RTCSessionDescription)
  }
  const connectionStates: string[] = []
  caller.onconnectionstatechange = () => connectionStates.push(caller.connectionState)

  const channel = caller.createDataChannel('ping')
  const received: number[] = []
  callee.ondatachannel = (event) => {
    event.channel.onmessage = ({ data }) => event.channel.send(data)
  }
  channel.onmessage = ({ data }) => received.push(Number(data))
  const opened = new Promise((resolve) => {
    channel.onopen = resolve
  })
  await negotiate()
  await opened

  provider.attach(caller)
  provider.attach(callee)
  let sent = 0
  const sending = setInterval(() => channel.send(String(sent++)), 20)
  const untilRefreshed = new Promise<void>((resolve) => {
    provider.on('update', ({ iceServers }) => {
      usernames.add(iceServers.at(-1)?.username)
      if (usernames.size > refreshes) resolve()
    })
  })
  await untilRefreshed
  clearInterval(sending)
  while (received.length < sent) await new Promise((resolve) => setTimeout(resolve, 10))

  // The next gathering uses the new credentials: an ICE restart, with the policy still in force.
  const candidateTypes: string[] = []
  caller.addEventListener('icecandidate', ({ candidate }) => {
    if (candidate?.type) candidateTypes.push(candidate.type)
  })
  const renewed = new Promise<void>((resolve) => {
    caller.onicegatheringstatechange = () => caller.iceGatheringState === 'complete' && resolve()
  })
  caller.restartIce()
  await negotiate()
  await renewed

  const kept = caller.getConfiguration()
  caller.close()
  callee.close()
  provider.close()
  return {
    usernames: [...usernames],
    isInOrder: received.every((value, index) => value === index),
    received: received.length,
    connectionStates,
    candidateTypes: [...new Set(candidateTypes)],
    policies: [kept.iceTransportPolicy, kept.bundlePolicy],
    lastUsername: kept.iceServers?.at(-1)?.username,
    errors,
  }
}

describe.skipIf(!findProgram('coturn'))('a relay-only call through coturn with credentials of 6 s', () => {
  let coturn: Coturn
  let server: Awaited<ReturnType<typeof startPageServer>>
  beforeAll(async () => {
    coturn = await startCoturn()
    server = await startPageServer({
      '/ice-servers': () => ({ iceServers: [coturn.mint(TTL_SECONDS)], ttl: TTL_SECONDS }),
    })
  })
  afterAll(async () => {
    server?.stop()
    await coturn?.stop()
  })

  describeInBrowsers('is kept fresh', ({ open }) => {
    it('over refreshes without losing a message, and the new username reaches Allocate', async () => {
      const page = await open(server.url)
      const result = await page.evaluate(callForRefreshes, REFRESHES)
      expect(result.errors).toEqual([])
      expect(result.usernames).toHaveLength(REFRESHES + 1)
      expect(result.received).toBeGreaterThan(0)
      expect(result.isInOrder).toBe(true)
      expect(
        result.connectionStates.filter((state) => state !== 'connecting' && state !== 'connected'),
      ).toEqual([])
      expect(result.candidateTypes).toEqual(['relay'])
      expect(result.policies).toEqual(['relay', 'max-bundle'])
      expect(result.lastUsername).toBe(result.usernames.at(-1))
      const allocated = new Set(coturn.allocatedUsernames())
      expect(allocated).toContain(result.usernames[0])
      expect(allocated).toContain(result.lastUsername)
    })
  })
})

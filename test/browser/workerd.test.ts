/** The recipe for Cloudflare Workers in workerd, with coturn and an emulated Cloudflare API. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createCloudflareTurn } from '../../src/server/index.js'
import { describeInBrowsers } from '../support/browsers.js'
import { KEY_ID, KEY_SECRET, startCloudflareEmulator } from '../support/cloudflare-emulator.js'
import { type Coturn, startCoturn } from '../support/coturn.js'
import { startPageServer } from '../support/page-server.js'
import { hasProgram } from '../support/system-packages.js'
import { startWorkerd, type Workerd } from '../support/workerd.js'

const AUTHORIZATION = { authorization: 'Bearer token-of-alice' }

/** Runs in the page: sends a message through a relay-only data channel with the Worker's servers. */
async function callThroughRelay(url: string, headers: Record<string, string>) {
  const provider = new TurnKeeper.IceServerProvider(url, { headers })
  const iceServers = await provider.getIceServers()
  const expiresInMs = (provider.current?.expiresAt ?? 0) - Date.now()
  provider.close()
  const configuration = { iceServers, iceTransportPolicy: 'relay' as const }
  const [caller, callee] = [new RTCPeerConnection(configuration), new RTCPeerConnection(configuration)]
  const candidateTypes = new Set<string>()
  caller.onicecandidate = ({ candidate }) => {
    if (candidate?.type) candidateTypes.add(candidate.type)
    void callee.addIceCandidate(candidate ?? undefined)
  }
  callee.onicecandidate = ({ candidate }) => void caller.addIceCandidate(candidate ?? undefined)
  callee.ondatachannel = ({ channel }) => {
    channel.onmessage = ({ data }) => channel.send(`${data} back`)
  }
  const channel = caller.createDataChannel('ping')
  const received = new Promise<string>((resolve) => {
    channel.onopen = () => channel.send('there and')
    channel.onmessage = ({ data }) => resolve(data)
  })
  await caller.setLocalDescription(await caller.createOffer())
  await callee.setRemoteDescription(caller.localDescription as RTCSessionDescription)
  await callee.setLocalDescription(await callee.createAnswer())
  await caller.setRemoteDescription(callee.localDescription as RTCSessionDescription)
  const message = await received
  caller.close()
  callee.close()
  return {
    message,
    candidateTypes: [...candidateTypes],
    username: iceServers.at(-1)?.username ?? '',
    expiresInMs,
  }
}

describe.skipIf(!hasProgram('coturn'))('the Workers recipe in workerd', () => {
  let coturn: Coturn
  let emulator: Awaited<ReturnType<typeof startCloudflareEmulator>>
  let pages: Awaited<ReturnType<typeof startPageServer>>
  let worker: Workerd
  beforeAll(async () => {
    coturn = await startCoturn()
    emulator = await startCloudflareEmulator((ttl) => coturn.issueCredentials(ttl))
    pages = await startPageServer()
    worker = await startWorkerd({
      entry: 'demo/recipes/server/workers.ts',
      upstream: new URL(emulator.turnUrl).host,
      bindings: {
        TURN_KEY_ID: KEY_ID,
        TURN_KEY_SECRET: KEY_SECRET,
        TURN_SECRET: 'turn-secret',
        TURN_URLS: 'turn:fallback.example.org,turns:fallback.example.org',
        APP_ORIGIN: new URL(pages.url).origin,
      },
    })
  })
  afterAll(async () => {
    await worker?.stop()
    pages?.stop()
    emulator?.stop()
    await coturn?.stop()
  })
  afterEach(() => {
    emulator.behaviour.faults = []
  })

  it('responds 401 without a token, and does not request credentials', async () => {
    const before = emulator.calls.length
    const response = await fetch(worker.url)
    expect(response.status).toBe(401)
    expect(await response.json()).toEqual({ error: 'unauthorized' })
    expect(emulator.calls).toHaveLength(before)
  })

  it('allows preflight requests from the origin of the app only', async () => {
    const allowed = async (origin: string) => {
      const headers = { origin, 'access-control-request-method': 'GET' }
      const response = await fetch(worker.url, { method: 'OPTIONS', headers })
      expect(response.status).toBe(204)
      return response.headers.get('access-control-allow-origin')
    }
    const { origin } = new URL(pages.url)
    expect(await allowed(origin)).toBe(origin)
    expect(await allowed('https://evil.example.org')).toBeNull()
  })

  it('responds with credentials from the second source while the Cloudflare API fails', async () => {
    // With Retry-After the client does not retry.
    const fail = () =>
      emulator.behaviour.faults.push((response) =>
        response.writeHead(503, { 'retry-after': '1' }).end('{"errors":[]}'),
      )
    const request = async () => (await fetch(worker.url, { headers: AUTHORIZATION })).json()
    // Several at once and one later: I/O objects of one request must not be used by another, which workerd forbids.
    for (const count of [3, 1]) {
      for (let failures = 0; failures < count; failures++) fail()
      for (const { iceServers } of await Promise.all(Array.from({ length: count }, request))) {
        const [server] = iceServers
        expect(server.urls).toEqual(['turn:fallback.example.org', 'turns:fallback.example.org'])
        expect(server.username).toMatch(/^\d{10}:alice$/)
      }
    }
    expect(worker.log()).toContain('Cloudflare responded 503')
    expect((await request()).iceServers.at(-1).urls).toContain(coturn.url)
  })

  describeInBrowsers('a page of another origin', ({ open }) => {
    it('makes a relay-only call with servers from the Worker, whose credentials can be revoked', async () => {
      const page = await open(pages.url)
      const result = await page.evaluate(callThroughRelay, worker.url, AUTHORIZATION)
      expect(result.message).toBe('there and back')
      expect(result.candidateTypes).toEqual(['relay'])
      expect(coturn.allocatedUsernames()).toContain(result.username)
      expect(Math.abs(result.expiresInMs - 3_600_000)).toBeLessThan(5000)

      expect(emulator.revoked).not.toContain(result.username)
      const turn = createCloudflareTurn({ keyId: KEY_ID, keySecret: KEY_SECRET, baseUrl: emulator.turnUrl })
      await turn.revokeCredentials(result.username)
      expect(emulator.revoked).toContain(result.username)
    })
  })

  it('sends the key secret and the lifetime to Cloudflare, and logs no secret', () => {
    const requests = emulator.calls.filter(({ call }) => call.endsWith('/credentials/generate'))
    expect(requests.length).toBeGreaterThan(0)
    expect(requests.every(({ authorization }) => authorization === `Bearer ${KEY_SECRET}`)).toBe(true)
    expect(requests.every(({ body }) => body?.ttl === 3600)).toBe(true)
    for (const secret of [KEY_SECRET, 'turn-secret', 'token-of-alice'])
      expect(worker.log()).not.toContain(secret)
  })
})

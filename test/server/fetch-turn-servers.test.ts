import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { fetchTURNServers } from '../../src/server/index.js'
import { KEY_ID, KEY_SECRET, STUN, startCloudflareEmulator, URLS } from '../support/cloudflare-emulator.js'

let cloudflare: Awaited<ReturnType<typeof startCloudflareEmulator>>
beforeEach(async () => {
  cloudflare = await startCloudflareEmulator()
})
afterEach(() => cloudflare.stop())

const login = { username: expect.stringMatching(/^\d{10}:user$/), credential: 'minted-credential' }

describe('fetchTURNServers', () => {
  it('gives a STUN entry, then the TURN entry, without port 53 and with 5349', async () => {
    const fetch = vi.fn((request: Request) =>
      globalThis.fetch(
        new Request(request.url.replace('https://rtc.live.cloudflare.com/v1', cloudflare.turnUrl), request),
      ),
    )
    const iceServers = await fetchTURNServers({ keyId: KEY_ID, keySecret: KEY_SECRET, fetch })
    expect(iceServers).toEqual([{ urls: [STUN] }, { urls: [URLS[0], URLS[2]], ...login }])
    expect(cloudflare.calls[0]?.body).toEqual({ ttl: 3600 })
  })

  it('calls a fetch of its own by itself, for Workers refuse another this', async () => {
    const seen: unknown[] = []
    async function fetch(this: unknown) {
      seen.push(this)
      return Response.json({ iceServers: { urls: ['turn:t.org'], username: 'u', credential: 'c' } })
    }
    await fetchTURNServers({ keyId: KEY_ID, keySecret: KEY_SECRET, fetch })
    expect(seen).toEqual([undefined])
  })

  it.each([
    [
      'from several entries, whatever their hosts are called',
      [
        { urls: 'stun:turn.org' },
        { urls: ['stun:turn.org', 'turn:turn.org'], username: 'u', credential: 'c' },
      ],
      [{ urls: ['stun:turn.org'] }, { urls: ['turn:turn.org'], username: 'u', credential: 'c' }],
    ],
    [
      'without a STUN entry where there is none',
      { urls: ['turn:t.org'], username: 'u', credential: 'c' },
      [{ urls: ['turn:t.org'], username: 'u', credential: 'c' }],
    ],
  ])('gives them %s', async (_, answered, expected) => {
    const fetch = async () => Response.json({ iceServers: answered })
    expect(await fetchTURNServers({ keyId: KEY_ID, keySecret: KEY_SECRET, fetch })).toEqual(expected)
  })
})

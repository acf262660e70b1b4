import { describe, expect, it, vi } from 'vitest'
import { fetchTURNServers } from '../../src/server/index.js'
import { KEY_ID, KEY_SECRET, STUN, URLS } from '../support/cloudflare-emulator.js'
import { useCloudflareEmulator } from '../support/use-cloudflare-emulator.js'

const { cloudflare } = useCloudflareEmulator()

const credentials = { username: expect.stringMatching(/^\d{10}:user$/), credential: 'issued-credential' }

describe('fetchTURNServers', () => {
  it('resolves with a STUN entry, then the TURN entry, without port 53 and with 5349', async () => {
    const fetch = vi.fn((url: string, init: RequestInit) =>
      globalThis.fetch(url.replace('https://rtc.live.cloudflare.com/v1', cloudflare().turnUrl), init),
    )
    const iceServers = await fetchTURNServers({ keyId: KEY_ID, keySecret: KEY_SECRET, fetch })
    expect(iceServers).toEqual([{ urls: [STUN] }, { urls: [URLS[0], URLS[2]], ...credentials }])
    expect(cloudflare().calls[0]?.body).toEqual({ ttl: 3600 })
  })

  it('calls the fetch option without a receiver, because Workers reject any other this', async () => {
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
      'several entries with misleading host names',
      [
        { urls: 'stun:turn.org' },
        { urls: ['stun:turn.org', 'turn:turn.org'], username: 'u', credential: 'c' },
      ],
      [{ urls: ['stun:turn.org'] }, { urls: ['turn:turn.org'], username: 'u', credential: 'c' }],
    ],
    [
      'an entry without STUN URLs',
      { urls: ['turn:t.org'], username: 'u', credential: 'c' },
      [{ urls: ['turn:t.org'], username: 'u', credential: 'c' }],
    ],
    [
      'schemes in capitals',
      { urls: ['STUN:t.org', 'TURN:t.org', 'TURNS:t.org'], username: 'u', credential: 'c' },
      [{ urls: ['STUN:t.org'] }, { urls: ['TURN:t.org', 'TURNS:t.org'], username: 'u', credential: 'c' }],
    ],
  ])('sorts URLs by scheme when the response contains %s', async (_, iceServers, expected) => {
    const fetch = async () => Response.json({ iceServers })
    expect(await fetchTURNServers({ keyId: KEY_ID, keySecret: KEY_SECRET, fetch })).toEqual(expected)
  })
})

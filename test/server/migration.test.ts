/** The backends of `docs/migration.md`, against stand-ins for the APIs of the providers. */
import { describe, expect, it } from 'vitest'
import * as server from '../../src/server/index.js'
import { readMigrationCode } from '../support/migration-code.js'

const turn = { urls: 'turn:turn.example.org', username: 'user', credential: 'secret' }

/** Runs the code of a section with these variables. Returns its handler. */
function runSection(section: string, variables: Readonly<Record<string, unknown>>): server.IceServersHandler {
  const exports: { handler?: server.IceServersHandler } = {}
  const sessionOf = async () => ({ userId: 'alice' })
  const console = { error: () => {} }
  const scope = { exports, require: () => server, console, sessionOf, ...variables }
  new Function(...Object.keys(scope), readMigrationCode(section))(...Object.values(scope))
  if (!exports.handler) throw new Error(`${section} exports no handler`)
  return exports.handler
}

const fetchFrom = async (handler: server.IceServersHandler) => {
  const response = await handler(new Request('https://app.example.org/api/ice-servers'))
  return { status: response.status, body: await response.json() }
}

describe('the backends of the migration page', () => {
  it("issues Twilio's credentials for the lifetime of the handler, without the rest of the token", async () => {
    const lifetimes: unknown[] = []
    const create = async ({ ttl }: { ttl: number }) => {
      lifetimes.push(ttl)
      return { accountSid: 'AC1', ttl: String(ttl), dateCreated: new Date(), iceServers: [turn] }
    }
    const { status, body } = await fetchFrom(
      runSection("From Twilio's sample", { twilio: { tokens: { create } } }),
    )
    expect(status).toBe(200)
    expect(lifetimes).toEqual([3600])
    expect(body).toMatchObject({ iceServers: [{ username: 'user', credential: 'secret' }] })
    expect(body.ttl).toBeGreaterThan(3000)
    expect(JSON.stringify(body)).not.toContain('AC1')
  })

  const metered = (respond: (url: string, init?: RequestInit) => Response) => {
    const requests: string[] = []
    const fetch = async (url: string, init?: RequestInit) => {
      requests.push(`${init?.method ?? 'GET'} ${url} ${init?.body ?? ''}`.trim())
      return respond(url, init)
    }
    return { requests, handler: runSection("From Metered's sample", { fetch, meteredSecretKey: 'key' }) }
  }

  it('creates a credential at Metered for each request, and adds the lifetime that its list lacks', async () => {
    const { requests, handler } = metered((url) =>
      Response.json(url.includes('/credentials?') ? [turn] : { apiKey: 'a1', expiryInSeconds: 3600 }),
    )
    const { status, body } = await fetchFrom(handler)
    expect(status).toBe(200)
    expect(requests).toEqual([
      'POST https://your-app.metered.live/api/v1/turn/credential?secretKey=key {"expiryInSeconds":3600}',
      'GET https://your-app.metered.live/api/v1/turn/credentials?apiKey=a1',
    ])
    expect(body).toMatchObject({ iceServers: [{ username: 'user' }], ttl: expect.any(Number) })
  })

  it.each([
    [401, 502],
    [429, 503],
  ])('responds to an error %i of Metered with %i, without the key', async (upstream, expected) => {
    const { requests, handler } = metered(() => Response.json({ error: 'Invalid key' }, { status: upstream }))
    const { status, body } = await fetchFrom(handler)
    expect(status).toBe(expected)
    expect(requests).toHaveLength(1)
    expect(JSON.stringify(body)).not.toContain('key')
  })
})

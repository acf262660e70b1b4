import { createServer } from 'node:http'
import { connect } from 'node:net'
import { inspect } from 'node:util'
import nodeFetch from 'node-fetch'
import { ProxyAgent, fetch as undiciFetch } from 'undici'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { ApiOptions } from '../../src/server/index.js'
import { ACCOUNT_ID, API_TOKEN } from '../support/cloudflare-emulator.js'
import { rejectionOf } from '../support/error-of.js'
import { useCloudflareEmulator } from '../support/use-cloudflare-emulator.js'

const { cloudflare, createTurn, createKeys, loseConnection } = useCloudflareEmulator()

/** Starts a forward proxy that tunnels every connection, and counts them. */
async function startProxy() {
  const targets: string[] = []
  const proxy = createServer().on('connect', (request, socket, head) => {
    targets.push(request.url ?? '')
    const [host, port] = (request.url ?? '').split(':')
    const upstream = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      upstream.write(head)
      upstream.pipe(socket).pipe(upstream)
    })
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void proxy.close())
  const address = proxy.address()
  return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`, targets }
}

describe('the fetch option', () => {
  it('works with the fetch of undici and its ProxyAgent', async () => {
    const proxy = await startProxy()
    const dispatcher = new ProxyAgent({ uri: proxy.url, proxyTunnel: true })
    onTestFinished(() => dispatcher.close())
    const fetch: ApiOptions['fetch'] = (url, init) => undiciFetch(url, { ...init, dispatcher })
    expect((await createTurn({ fetch }).generateCredentials()).iceServers).toHaveLength(1)
    const created = await createKeys({ fetch }).create({ name: 'x' })
    expect(await createKeys({ fetch }).list()).toHaveLength(1)
    expect(created.key).toBe('created-secret')
    expect(proxy.targets.length).toBeGreaterThan(0)
    const { message } = await rejectionOf(createTurn({ fetch, keyId: 'another' }).generateCredentials())
    expect(message).toMatch(/^Cloudflare responded 404/)
  })

  it('works with node-fetch, also for errors and aborted requests', async () => {
    const fetch: ApiOptions['fetch'] = nodeFetch
    expect((await createTurn({ fetch }).generateCredentials()).iceServers).toHaveLength(1)
    await createTurn({ fetch }).revokeCredentials('name')
    const wrong = await rejectionOf(createTurn({ fetch, keySecret: 'wrong' }).generateCredentials())
    expect(wrong).toMatchObject({ status: 401, errors: [{ code: 1000 }] })
    cloudflare().behaviour.faults.push(() => {})
    const aborted = createTurn({ fetch }).generateCredentials({ signal: AbortSignal.timeout(100) })
    expect((await rejectionOf(aborted)).name).toBe('TimeoutError')
  })

  it('is called with the URL and an init, which forbids caches and redirects', async () => {
    const fetch = vi.fn(async (..._: Parameters<NonNullable<ApiOptions['fetch']>>) =>
      Response.json({ result: [] }),
    )
    await createKeys({ fetch }).list()
    expect(fetch.mock.calls).toEqual([
      [
        `${cloudflare().apiUrl}/accounts/${ACCOUNT_ID}/calls/turn_keys`,
        {
          method: 'GET',
          headers: { accept: 'application/json', authorization: `Bearer ${API_TOKEN}` },
          redirect: 'manual',
          cache: 'no-store',
          signal: expect.any(AbortSignal),
        },
      ],
    ])
  })

  it('is not passed the member cache in a runtime whose Request lacks it', async () => {
    vi.stubGlobal('Request', class {})
    onTestFinished(() => void vi.unstubAllGlobals())
    const fetch = vi.fn(async (_: string, __: object) => Response.json({ result: [] }))
    await createKeys({ fetch }).list()
    expect(fetch.mock.calls[0]?.[1]).not.toHaveProperty('cache')
  })

  it('rejects with the error of a framework that has a digest, unchanged and without a retry', async () => {
    const signal = Object.assign(new Error('Dynamic server usage'), { digest: 'DYNAMIC_SERVER_USAGE' })
    const fetch = vi.fn(async () => Promise.reject(signal))
    expect(await rejectionOf(createTurn({ fetch }).generateCredentials())).toBe(signal)
    expect(await rejectionOf(createKeys({ fetch }).list())).toBe(signal)
    expect(fetch).toHaveBeenCalledTimes(2)
  })
})

describe('the cause of an error', () => {
  const causeOf = async (thrown: unknown) => {
    const fetch = async () => Promise.reject(thrown)
    const error = await rejectionOf(createKeys({ fetch }).create({ name: 'x' }))
    expect(error.message).toBe('Cloudflare could not be reached')
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(API_TOKEN)
    return error.cause
  }

  it('is the original error of fetch', async () => {
    cloudflare().stop()
    const { cause } = await rejectionOf(createKeys().create({ name: 'x' }))
    expect(cause).toMatchObject({ message: 'fetch failed', cause: { code: 'ECONNREFUSED' } })
    const thrown = Object.assign(new Error('self-signed certificate'), {
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    })
    expect(await causeOf(thrown)).toBe(thrown)
  })

  it('is the original error after a closed connection', async () => {
    loseConnection()
    const { cause } = await rejectionOf(createKeys().create({ name: 'x' }))
    expect(cause).toMatchObject({ message: 'fetch failed', cause: { code: 'ECONNRESET' } })
  })

  it.each<[string, object]>([
    ['contains the token', { message: `Bearer ${API_TOKEN} is an invalid header value` }],
    ['contains the token in a nested cause', { cause: new Error(API_TOKEN) }],
    ['has a request', { request: { headers: {} } }],
    ['has the data of a response', { data: 'HTTP/1.1 200 OK\r\nset-cookie: session=1' }],
    ['has an unknown member by symbol', { [Symbol('headers')]: {} }],
  ])('contains only names and codes if the original error %s', async (_, members) => {
    const thrown = Object.assign(new Error('original'), { code: 'E_CODE' }, members)
    const cause = await causeOf(thrown)
    expect(cause).not.toBe(thrown)
    expect(inspect(cause)).toContain('E_CODE')
    expect(inspect(cause)).not.toContain('original')
  })

  it('is undefined if the thrown value is not readable', async () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    expect(await causeOf(proxy)).toBeUndefined()
  })
})

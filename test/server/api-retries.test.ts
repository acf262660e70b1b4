import { createServer } from 'node:http'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { rejectionOf } from '../support/error-of.js'
import { sendJson } from '../support/http-server.js'
import { useCloudflareEmulator } from '../support/use-cloudflare-emulator.js'

const { cloudflare, createTurn, createKeys, loseConnection } = useCloudflareEmulator()

describe('retries', () => {
  const calls = () => cloudflare().calls.map(({ call }) => call.split(' ')[0])

  it('repeat a mint and a revocation whose connection is lost', async () => {
    loseConnection()
    await createTurn().generateCredentials()
    loseConnection()
    await createTurn().revokeCredentials('name')
    expect(cloudflare().revoked).toEqual(['name'])
    expect(calls()).toHaveLength(4)
  })

  it('repeat a request on a kept-alive connection that the server has closed', async () => {
    const sockets = new Set<unknown>()
    const server = createServer((request, response) => {
      const isReused = sockets.has(request.socket)
      sockets.add(request.socket)
      // Like a server whose idle timeout elapses while the request is on its way.
      if (isReused) request.socket.destroy()
      else sendJson(response, { iceServers: { urls: ['turn:t.org'], username: 'u', credential: 'c' } }, 201)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : 0
    const turn = createTurn({ baseUrl: `http://127.0.0.1:${port}` })
    for (let index = 0; index < 3; index++) await turn.generateCredentials()
    expect(sockets.size).toBeGreaterThan(1)
  })

  it.each([
    ['Workers', new Error('Network connection lost.')],
    [
      'Bun',
      Object.assign(new Error('The socket connection was closed unexpectedly.'), { code: 'ECONNRESET' }),
    ],
    ['Deno', new TypeError('error sending request for url: client error (SendRequest)')],
    ['node-fetch', Object.assign(new Error('socket hang up'), { name: 'FetchError', code: 'ECONNRESET' })],
  ])('repeat a request after the error of %s for a lost connection', async (_, error) => {
    const fetch = vi.fn(globalThis.fetch).mockRejectedValueOnce(error)
    expect((await createTurn({ fetch }).generateCredentials()).ttl).toBe(3600)
    expect(fetch).toHaveBeenCalledTimes(2)
  })

  it.each([408, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 527, 530])(
    'repeat a request after the status %d',
    async (status) => {
      cloudflare().behaviour.faults.push((response) => sendJson(response, {}, status))
      await createTurn().generateCredentials()
      expect(calls()).toHaveLength(2)
    },
  )

  it.each([
    [400, {}],
    [401, {}],
    [429, {}],
    [501, {}],
    [526, {}],
    [503, { 'retry-after': '30' }],
  ])('repeat no request after the status %d with the headers %j', async (status, headers) => {
    cloudflare().behaviour.faults.push((response) => sendJson(response, {}, status, headers))
    expect(await rejectionOf(createTurn().generateCredentials())).toMatchObject({ status })
    expect(calls()).toHaveLength(1)
  })

  it('stop after two, and repeat no creation of a key', async () => {
    for (let index = 0; index < 3; index++) loseConnection()
    await rejectionOf(createKeys().list())
    expect(calls()).toEqual(['GET', 'GET', 'GET'])
    loseConnection()
    await rejectionOf(createKeys().create({ name: 'x' }))
    expect(calls()).toEqual(['GET', 'GET', 'GET', 'POST'])
  })

  it('take a 404 for a deleted key only if an earlier attempt can have deleted it', async () => {
    const { uid } = await createKeys().create({ name: 'x' })
    cloudflare().behaviour.faults.push((response) => {
      cloudflare().keys.delete(uid)
      response.socket?.resetAndDestroy()
    })
    expect(await createKeys().delete(uid)).toBeUndefined()
    expect(await rejectionOf(createKeys().delete(uid))).toMatchObject({ status: 404 })
    loseConnection()
    const wrongAccount = createKeys({ accountId: 'another' }).delete(uid)
    expect(await rejectionOf(wrongAccount)).toMatchObject({ errors: [{ code: 7003 }] })
    loseConnection()
    expect(await rejectionOf(createKeys().get(uid))).toMatchObject({ status: 404 })
  })

  it('end when the caller aborts', async () => {
    loseConnection()
    const controller = new AbortController()
    const outcome = rejectionOf(createTurn().generateCredentials({ signal: controller.signal }))
    await vi.waitFor(() => expect(cloudflare().calls).toHaveLength(1))
    await new Promise((resolve) => setTimeout(resolve, 100))
    controller.abort(new Error('gone'))
    expect((await outcome).message).toBe('gone')
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(cloudflare().calls).toHaveLength(1)
  })

  it('send nothing if the caller has aborted before', async () => {
    const outcome = createTurn().generateCredentials({ signal: AbortSignal.abort(new Error('gone')) })
    expect((await rejectionOf(outcome)).message).toBe('gone')
    expect(cloudflare().calls).toEqual([])
  })
})

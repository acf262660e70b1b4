/** The library with the polyfills that React Native ships, and without what it lacks. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { iceServersResponse, sendJson, startServer } from '../support/http-server.js'
import { importInReactNative } from '../support/react-native.js'

type Library = Awaited<ReturnType<typeof importInReactNative>>

let library: Library
beforeEach(async () => {
  library = await importInReactNative()
})
afterEach(() => void vi.unstubAllGlobals())

const create = (...args: ConstructorParameters<Library['IceServerProvider']>) =>
  new library.IceServerProvider(...args)

const SERVERS = iceServersResponse().iceServers

describe('in React Native', () => {
  it('fetches the servers from a URL', async () => {
    const server = await startServer((response) => sendJson(response, iceServersResponse()))
    const provider = create(server.url, { headers: { authorization: 'Bearer t' } })
    expect(await provider.getIceServers()).toEqual(SERVERS)
    expect(server.requests[0]?.headers).toMatchObject({
      accept: 'application/json',
      authorization: 'Bearer t',
    })
    provider.close()
  })

  it('fetches the servers from a URL without Object.hasOwn, which ky needs', async () => {
    const server = await startServer((response) => sendJson(response, iceServersResponse()))
    const provider = create(server.url)
    const { hasOwn } = Object
    Reflect.deleteProperty(Object, 'hasOwn')
    const restore = () => void Object.assign(Object, { hasOwn })
    expect(await provider.getIceServers().finally(restore)).toEqual(SERVERS)
    provider.close()
  })

  it('reads the Response of an endpoint function, which has no brand and no body', async () => {
    const server = await startServer((response) => sendJson(response, iceServersResponse()))
    const provider = create(({ signal }) => fetch(server.url, { signal }))
    expect(await provider.getIceServers()).toEqual(SERVERS)
    provider.close()
  })

  it.each([
    ['an error status', 503, '{}', 'ERR_HTTP', /responded 503/],
    ['a denial', 401, '{}', 'ERR_DENIED', /responded 401/],
    ['a body that is too large', 200, ' '.repeat(256 * 1024 + 1), 'ERR_RESPONSE', /more than 256 KiB/],
    ['HTML', 200, '<!doctype html>', 'ERR_RESPONSE', /HTML/],
    ['an empty body', 200, '', 'ERR_RESPONSE', /an empty body/],
  ])('reports %s, with the origin and the path of the endpoint', async (_, status, body, code, message) => {
    const server = await startServer((response) => response.writeHead(status).end(body))
    const provider = create(`${server.url}?token=secret`)
    const error = await provider.getIceServers().catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
    expect(error).toMatchObject({ message: expect.stringContaining(`GET ${server.url} re`) })
    expect(`${error}`).not.toContain('secret')
    provider.close()
  })

  it('retries a network error, and reports ERR_NETWORK', async () => {
    const server = await startServer((response) => response.destroy())
    const provider = create(server.url, { retryLimit: 1, minRefreshIntervalMs: 1 })
    await expect(provider.getIceServers()).rejects.toMatchObject({ code: 'ERR_NETWORK' })
    expect(server.requests).toHaveLength(2)
    provider.close()
  })

  it('reports ERR_TIMEOUT and ERR_CLOSED, although signals have no reason', async () => {
    const server = await startServer(() => {})
    const slow = create(server.url, { timeoutMs: 50, minRefreshIntervalMs: 1 })
    await expect(slow.getIceServers()).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    slow.close()
    const closed = create(server.url)
    const servers = closed.getIceServers()
    closed.close()
    await expect(servers).rejects.toMatchObject({ code: 'ERR_CLOSED' })
  })

  it('aborts one call with ERR_ABORTED', async () => {
    const server = await startServer(() => {})
    const provider = create(server.url)
    const controller = new AbortController()
    const servers = provider.getIceServers({ signal: controller.signal })
    controller.abort()
    await expect(servers).rejects.toMatchObject({ code: 'ERR_ABORTED' })
    provider.close()
  })

  it.each([
    ['turn:turn.example.org', true],
    ['turns:TURN.example.org:443?transport=tcp', true],
    ['turn:192.0.2.1', true],
    ['turn:[2001:db8::1]:3478', true],
    ['turn:user@host', false],
    ['turn:host name', false],
    ['turn:', false],
  ])('validates %s without the members of URL', (url, ok) => {
    expect(library.parseIceUrl(url).ok).toBe(ok)
  })

  it('counts the bytes of a username without TextEncoder', () => {
    const isValid = (username: string) =>
      library.validateRTCIceServer({ urls: 'turn:t.org', username, credential: 'c' })
    expect(isValid(`${'€'.repeat(169)}ab`)).toBe(true)
    expect(isValid(`${'€'.repeat(169)}abc`)).toBe(false)
    expect(isValid(`${'😀'.repeat(127)}a`)).toBe(true)
    expect(isValid(`${'😀'.repeat(127)}ab`)).toBe(false)
    expect(isValid(`${'é'.repeat(254)}a`)).toBe(true)
    expect(isValid('é'.repeat(255))).toBe(false)
  })

  it('has no method named undefined', () => {
    expect(Object.getOwnPropertyNames(library.IceServerProvider.prototype)).not.toContain('undefined')
  })
})

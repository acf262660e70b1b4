import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type IceServerReport, testIceServers } from '../../src/index.js'
import { MINUTE } from '../support/time.js'
import { connections, resetConnections, type Script, ScriptedConnection } from './scripted-connection.js'

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('RTCPeerConnection', ScriptedConnection)
  resetConnections()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  expect(connections.openCount).toBe(0)
})

const withCredentials = (urls: string | string[]) => ({ urls, username: 'user', credential: 'secret' })

/** Tests one URL with this script. */
async function reportOf(url: string, script: Script): Promise<IceServerReport | undefined> {
  connections.scripts[url] = script
  const testing = testIceServers([withCredentials(url)], { timeoutMs: 5000 })
  await vi.advanceTimersByTimeAsync(MINUTE)
  return (await testing)[0]
}

describe('testIceServers', () => {
  it.each([
    [
      'a relay candidate without an echo',
      'turn:a',
      { address: '192.0.2.1' },
      'ok',
      undefined,
      'but nothing came back through the server',
    ],
    [
      'a relay candidate after an error',
      'turn:a',
      { errorCodes: [701], address: '::1' },
      'ok',
      undefined,
      'relay',
    ],
    ['a server-reflexive candidate', 'stun:a', { address: '::1', type: 'srflx' }, 'ok', undefined, 'srflx'],
    [
      'a device without NAT',
      'stun:a',
      { address: 'x.local', type: 'host' },
      'ok',
      undefined,
      'not behind a NAT',
    ],
    ['an error response', 'turn:a', { errorCodes: [401] }, 'rejected', 401, 'wrong or expired'],
    ['an error after no response', 'turn:a', { errorCodes: [701, 486] }, 'rejected', 486, 'quota'],
    [
      'an error before gathering completes',
      'turn:a',
      { errorCodes: [508], isSilent: true },
      'rejected',
      508,
      'capacity',
    ],
    ['an unknown error code', 'turn:a', { errorCodes: [599] }, 'rejected', 599, 'error 599'],
    ['no response', 'turn:a', { errorCodes: [701, 701] }, 'unreachable', 701, 'closed or blocked'],
    [
      'gathering that completes without a candidate',
      'turns:a',
      {},
      'unreachable',
      undefined,
      'closed or blocked',
    ],
    ['a timeout', 'turn:a', { isSilent: true }, 'timeout', undefined, 'the port is closed or blocked'],
    [
      'a timeout on port 53',
      'turn:a:53',
      { isSilent: true },
      'timeout',
      undefined,
      'Chromium, which sends nothing to port 53',
    ],
    [
      'only host candidates',
      'stun:a',
      { address: 'a', type: 'host', isSilent: true },
      'timeout',
      undefined,
      '',
    ],
    [
      'a URL that the browser rejects',
      'turn:a',
      { constructorError: new Error('a bad port') },
      'blocked',
      undefined,
      'a bad port',
    ],
    ['an invalid URL', 'turn:a:0', {}, 'invalid', undefined, 'urls: the port must be'],
  ])('reports %s', async (_, url, script, verdict, errorCode, words) => {
    const report = await reportOf(url, script)
    expect(report).toMatchObject({ url, verdict, isReachable: ['ok', 'rejected'].includes(verdict) })
    expect(report?.errorCode).toBe(errorCode)
    expect(report?.message).toContain(words)
    expect(JSON.stringify(report)).not.toMatch(/user"|secret/)
  })

  it.each([
    ['192.0.2.1', 'IPv4'],
    ['2001:db8::1', 'IPv6'],
    [null, undefined],
  ])('reports the address family of %s as %s', async (address, family) => {
    expect((await reportOf('turn:a', { address }))?.addressFamily).toBe(family)
  })

  it('tests each URL separately, at most four at a time, and reports in their order', async () => {
    const urls = Array.from({ length: 10 }, (_, index) => `turn:host${index}`)
    for (const url of urls) connections.scripts[url] = { isSilent: true }
    connections.scripts['turn:host9'] = { errorCodes: [401] }
    const progress: [number, string][] = []
    const testing = testIceServers(
      [withCredentials(urls.slice(0, 6)), ...urls.slice(6).map(withCredentials)],
      {
        onProgress: ({ url }, index) => progress.push([index, url]),
      },
    )
    await vi.advanceTimersByTimeAsync(MINUTE)
    expect((await testing).map(({ url }) => url)).toEqual(urls)
    expect(progress.length).toBe(10)
    for (const [index, url] of progress) expect(url).toBe(urls[index])
    expect([connections.createdCount, connections.maxOpenCount]).toEqual([10, 4])
  })

  it('rejects when the signal aborts, and closes connections and timers', async () => {
    connections.scripts['turn:a'] = { isSilent: true }
    const controller = new AbortController()
    const testing = testIceServers([withCredentials('turn:a')], { signal: controller.signal })
    const rejection = expect(testing).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: 'enough' })
    await Promise.resolve()
    controller.abort('enough')
    await rejection
    expect([connections.openCount, vi.getTimerCount()]).toEqual([0, 0])
    await expect(
      testIceServers([withCredentials('turn:a')], { signal: controller.signal }),
    ).rejects.toMatchObject({
      code: 'ERR_ABORTED',
    })
  })

  it('rejects with the error of onProgress, and stops', async () => {
    connections.scripts['turn:a'] = { errorCodes: [401] }
    for (const url of ['turn:b', 'turn:c']) connections.scripts[url] = { isSilent: true }
    const bug = new Error('a bug of the app')
    const onProgress = () => {
      throw bug
    }
    await expect(
      testIceServers([withCredentials(['turn:a', 'turn:b', 'turn:c'])], { onProgress }),
    ).rejects.toBe(bug)
    await vi.advanceTimersByTimeAsync(0)
    expect([connections.openCount, vi.getTimerCount()]).toEqual([0, 0])
  })

  it('reports values that are not servers as invalid, and nothing for an empty list', async () => {
    const reports = await testIceServers([null, {}, { urls: [] }, { urls: 'http://a' }] as never)
    expect(reports.map(({ verdict }) => verdict)).toEqual(['invalid', 'invalid', 'invalid'])
    expect(await testIceServers([])).toEqual([])
  })

  it('does not mention port 53 for another port', async () => {
    expect((await reportOf('turn:a:5349', { isSilent: true }))?.message).not.toContain('53')
  })

  it.each([0, Number.NaN, Infinity, 'soon' as never])('rejects a timeoutMs of %s', async (timeoutMs) => {
    await expect(testIceServers([], { timeoutMs })).rejects.toThrow(
      /^testIceServers: timeoutMs must be a positive number of milliseconds, got /,
    )
  })

  it('rejects a provider in place of a list', async () => {
    await expect(testIceServers({} as never)).rejects.toThrow(
      new TypeError('testIceServers: iceServers must be an array of RTCIceServer, got an object'),
    )
  })

  it('rejects an unknown option', async () => {
    await expect(testIceServers([], { timeout: 5 } as never)).rejects.toThrow(
      new TypeError('testIceServers: unknown option timeout (did you mean timeoutMs?)'),
    )
  })

  it('rejects where RTCPeerConnection is not available', async () => {
    vi.stubGlobal('RTCPeerConnection', undefined)
    await expect(testIceServers([])).rejects.toThrow(
      'testIceServers: RTCPeerConnection is not available in this environment; call it in a page',
    )
  })
})

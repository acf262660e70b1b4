import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type IceServerReport, testIceServers } from '../../src/index.js'

/** What a stand-in for a connection gathers from a URL: a candidate's address, error codes, or nothing at all. */
interface Script {
  address?: string | null
  type?: string
  errorCodes?: number[]
  isSilent?: boolean
  refusal?: Error
}

let scripts: Record<string, Script>
let open: number
let most: number
let made: number

class ScriptedConnection extends EventTarget {
  readonly #script: Script
  iceGatheringState = 'new'
  localDescription = { sdp: '' }

  constructor({
    iceServers,
    iceTransportPolicy,
  }: { iceServers: RTCIceServer[]; iceTransportPolicy: string }) {
    super()
    const url = String(iceServers[0]?.urls)
    this.#script = scripts[url] ?? {}
    if (this.#script.refusal) throw this.#script.refusal
    expect(iceTransportPolicy).toBe(url.startsWith('turn') ? 'relay' : 'all')
    made++
    most = Math.max(most, ++open)
  }

  createDataChannel() {
    return new EventTarget()
  }

  async setRemoteDescription() {}

  async setLocalDescription() {
    await Promise.resolve()
    const { errorCodes = [], address, type = 'relay', isSilent } = this.#script
    for (const errorCode of errorCodes) this.#fire('icecandidateerror', { errorCode })
    if (address !== undefined) this.#fire('icecandidate', { candidate: { type, address } })
    if (isSilent) return
    this.iceGatheringState = 'complete'
    this.#fire('icecandidate', { candidate: null })
    this.#fire('icegatheringstatechange')
  }

  close() {
    open--
  }

  #fire(type: string, members = {}) {
    this.dispatchEvent(Object.assign(new Event(type), members))
  }
}

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('RTCPeerConnection', ScriptedConnection)
  scripts = {}
  open = most = made = 0
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
  expect(open).toBe(0)
})

const withKey = (urls: string | string[]) => ({ urls, username: 'user', credential: 'secret' })

/** Tests one URL that behaves as scripted. */
async function reportOf(url: string, script: Script): Promise<IceServerReport | undefined> {
  scripts[url] = script
  const testing = testIceServers([withKey(url)], { timeoutMs: 5000 })
  await vi.advanceTimersByTimeAsync(60_000)
  return (await testing)[0]
}

describe('testIceServers', () => {
  it.each([
    ['a relay without echo', 'turn:a', { address: '192.0.2.1' }, 'ok', undefined, 'nothing came back'],
    [
      'a late error beside a relay',
      'turn:a',
      { errorCodes: [701], address: '::1' },
      'ok',
      undefined,
      'relay',
    ],
    ['a server-reflexive candidate', 'stun:a', { address: '::1', type: 'srflx' }, 'ok', undefined, 'srflx'],
    ['no NAT', 'stun:a', { address: 'x.local', type: 'host' }, 'ok', undefined, 'not behind a NAT'],
    ['an error', 'turn:a', { errorCodes: [401] }, 'refused', 401, 'wrong or expired'],
    ['an error after no answer', 'turn:a', { errorCodes: [701, 486] }, 'refused', 486, 'allocation'],
    ['an error in silence', 'turn:a', { errorCodes: [508], isSilent: true }, 'refused', 508, 'capacity'],
    ['an error without a name', 'turn:a', { errorCodes: [599] }, 'refused', 599, 'error 599'],
    ['no answer', 'turn:a', { errorCodes: [701, 701] }, 'unreachable', 701, 'closed or blocked'],
    ['giving up', 'turns:a', {}, 'unreachable', undefined, 'closed or blocked'],
    ['silence', 'turn:a', { isSilent: true }, 'timeout', undefined, 'in time'],
    [
      'only host candidates',
      'stun:a',
      { address: 'a', type: 'host', isSilent: true },
      'timeout',
      undefined,
      '',
    ],
    [
      'a refusal of the browser',
      'turn:a',
      { refusal: new Error('a bad port') },
      'blocked',
      undefined,
      'a bad port',
    ],
    ['a bad URL', 'turn:a:0', {}, 'invalid', undefined, 'urls: the port'],
  ])('reports %s', async (_, url, script, verdict, errorCode, words) => {
    const report = await reportOf(url, script)
    expect(report).toMatchObject({ url, verdict, isReachable: ['ok', 'refused'].includes(verdict) })
    expect(report?.errorCode).toBe(errorCode)
    expect(report?.message).toContain(words)
    expect(JSON.stringify(report)).not.toMatch(/user"|secret/)
  })

  it.each([
    ['192.0.2.1', 'IPv4'],
    ['2001:db8::1', 'IPv6'],
    [null, undefined],
  ])('reads the address family of %s', async (address, family) => {
    expect((await reportOf('turn:a', { address }))?.addressFamily).toBe(family)
  })

  it('tests each URL by itself, no more than four at a time, and reports in their order', async () => {
    const urls = Array.from({ length: 10 }, (_, index) => `turn:host${index}`)
    for (const url of urls) scripts[url] = { isSilent: true }
    scripts['turn:host9'] = { errorCodes: [401] }
    const told: [number, string][] = []
    const testing = testIceServers([withKey(urls.slice(0, 6)), ...urls.slice(6).map(withKey)], {
      onProgress: ({ url }, index) => told.push([index, url]),
    })
    await vi.advanceTimersByTimeAsync(60_000)
    expect((await testing).map(({ url }) => url)).toEqual(urls)
    expect(told.length).toBe(10)
    for (const [index, url] of told) expect(url).toBe(urls[index])
    expect([made, most]).toEqual([10, 4])
  })

  it('rejects when the signal fires, and leaves no connection and no timer', async () => {
    scripts['turn:a'] = { isSilent: true }
    const controller = new AbortController()
    const testing = testIceServers([withKey('turn:a')], { signal: controller.signal })
    const rejection = expect(testing).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: 'enough' })
    await Promise.resolve()
    controller.abort('enough')
    await rejection
    expect([open, vi.getTimerCount()]).toEqual([0, 0])
    await expect(testIceServers([withKey('turn:a')], { signal: controller.signal })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
    })
  })

  it('rejects with what onProgress throws, and stops', async () => {
    scripts['turn:a'] = { errorCodes: [401] }
    for (const url of ['turn:b', 'turn:c']) scripts[url] = { isSilent: true }
    const bug = new Error('a bug of the app')
    const onProgress = () => {
      throw bug
    }
    await expect(testIceServers([withKey(['turn:a', 'turn:b', 'turn:c'])], { onProgress })).rejects.toBe(bug)
    await vi.advanceTimersByTimeAsync(0)
    expect([open, vi.getTimerCount()]).toEqual([0, 0])
  })

  it('reports what is no server as invalid, and has nothing to say of an empty list', async () => {
    const reports = await testIceServers([null, {}, { urls: [] }, { urls: 'http://a' }] as never)
    expect(reports.map(({ verdict }) => verdict)).toEqual(['invalid', 'invalid', 'invalid'])
    expect(await testIceServers([])).toEqual([])
  })

  it('names wrong arguments', async () => {
    for (const timeoutMs of [0, Number.NaN, Infinity, 'soon' as never]) {
      await expect(testIceServers([], { timeoutMs })).rejects.toThrow(/^timeoutMs/)
    }
    await expect(testIceServers({} as never)).rejects.toThrow(/^iceServers/)
    vi.stubGlobal('RTCPeerConnection', undefined)
    await expect(testIceServers([])).rejects.toThrow(/RTCPeerConnection/)
  })
})

import { createSocket } from 'node:dgram'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freeUdpPort } from '../../demo/free-udp-port.js'
import { describeInBrowsers } from '../support/browsers.js'
import { type Coturn, startCoturn } from '../support/coturn.js'
import { startPageServer } from '../support/page-server.js'

let coturn: Coturn
let closedCoturn: Coturn
let server: Awaited<ReturnType<typeof startPageServer>>
/** Receives packets and never responds. */
const silentSocket = createSocket('udp4')
let closedPort: number
beforeAll(async () => {
  coturn = await startCoturn()
  closedCoturn = await startCoturn({ allowsLoopbackPeers: false })
  server = await startPageServer()
  closedPort = await freeUdpPort()
  await new Promise<void>((resolve) => silentSocket.bind(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  server?.stop()
  silentSocket.close()
  await coturn?.stop()
  await closedCoturn?.stop()
})

describeInBrowsers('testIceServers', ({ name, open }) => {
  it('distinguishes working servers from wrong credentials and closed, silent and blocked ports', async () => {
    const page = await open(server.url)
    const working = coturn.issueCredentials(600)
    const { username, credential } = working
    const withCredentials = (urls: string) => ({ urls, username, credential })
    const iceServers = [
      { ...working, urls: [coturn.url, coturn.url.replace('udp', 'tcp')] },
      { ...working, credential: 'another' },
      coturn.issueCredentials(-10),
      { urls: coturn.url.replace(/^turn/, 'stun').replace(/\?.*/, '') },
      withCredentials(`turn:127.0.0.1:${closedPort}?transport=tcp`),
      withCredentials(`turn:127.0.0.1:${silentSocket.address().port}`),
      withCredentials('turn:127.0.0.1:53'),
      withCredentials('turn:127.0.0.1:22'),
      withCredentials('turn:nowhere.invalid'),
      { urls: 'turn:127.0.0.1' },
      closedCoturn.issueCredentials(600),
    ]
    const { reports, progress } = await page.evaluate(async (iceServers) => {
      const progress: number[] = []
      const onProgress = (_: unknown, index: number) => progress.push(index)
      const reports = await TurnKeeper.testIceServers(iceServers, { timeoutMs: 4000, onProgress })
      return { reports, progress }
    }, iceServers)

    const isFirefox = name === 'firefox'
    expect(reports.map(({ verdict, errorCode }) => [verdict, errorCode].join(' ').trim())).toEqual([
      'ok',
      'ok',
      'rejected 401',
      'rejected 401',
      'ok',
      'unreachable 701',
      'timeout',
      'timeout', // nothing listens there; Chromium sends nothing to port 53
      isFirefox ? 'blocked' : 'timeout',
      'unreachable 701',
      'invalid',
      'ok',
    ])
    expect(reports.at(-1)?.message).toMatch(/nothing came back through the server/)
    expect(reports[0]).toMatchObject({ candidateType: 'relay', addressFamily: 'IPv4', isReachable: true })
    for (const { roundTripMs } of reports.slice(0, 2)) expect(roundTripMs).toEqual(expect.any(Number))
    expect(reports.slice(2).filter((report) => report.roundTripMs !== undefined)).toEqual([])
    expect(reports[2]?.message).toMatch(/wrong or expired/)
    expect(reports[7]?.message).toMatch(/port 53/)
    expect([...progress].sort((a, b) => a - b)).toEqual(reports.map((_, index) => index))
    expect(JSON.stringify(reports)).not.toContain(credential)
    expect(JSON.stringify(reports)).not.toContain(username)
  })

  it('rejects with ERR_ABORTED when its signal is aborted', async () => {
    const page = await open(server.url)
    const code = await page.evaluate(async (port) => {
      const controller = new AbortController()
      const server = { urls: `turn:127.0.0.1:${port}`, username: 'u', credential: 'c' }
      const result = TurnKeeper.testIceServers([server], { signal: controller.signal })
      controller.abort()
      return result.catch((error) => error.code)
    }, silentSocket.address().port)
    expect(code).toBe('ERR_ABORTED')
  })
})

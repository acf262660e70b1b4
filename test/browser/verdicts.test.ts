import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { SERVER_VECTORS } from '../config/ice-server-vectors.js'
import { type Differences, URL_VECTORS } from '../config/ice-url-vectors.js'
import { describeInBrowsers } from '../support/browsers.js'
import { nearlyUrls, validUrls } from '../support/ice-url-arbitraries.js'
import { startPageServer } from '../support/page-server.js'

interface Vector {
  readonly title: string
  readonly server: unknown
  readonly isAccepted: boolean
  readonly differences: Differences | undefined
}

const VECTORS: readonly Vector[] = [
  ...URL_VECTORS.map(([url, expected, differences]) => ({
    title: JSON.stringify(url).slice(0, 80),
    server: { urls: url, username: 'u', credential: 'c' },
    isAccepted: typeof expected !== 'string',
    differences,
  })),
  ...SERVER_VECTORS.map(([title, server, problems, differences]) => ({
    title,
    server,
    isAccepted: problems.length === 0,
    differences,
  })),
]

let server: Awaited<ReturnType<typeof startPageServer>>
beforeAll(async () => {
  server = await startPageServer()
})
afterAll(() => server.stop())

describeInBrowsers('RTCPeerConnection and validateRTCIceServer', ({ name, open }) => {
  const judge = async (servers: readonly unknown[]) => {
    const page = await open(server.url)
    return page.evaluate(
      (candidates) =>
        candidates.map((candidate) => {
          const ours = TurnKeeper.validateRTCIceServer(candidate)
          try {
            new RTCPeerConnection({ iceServers: [candidate as RTCIceServer] }).close()
            return { ours, theirs: true }
          } catch {
            return { ours, theirs: false }
          }
        }),
      servers,
    )
  }
  const withCredentials = (urls: string) => ({ urls, username: 'u', credential: 'c' })

  it('agree on every vector except for the known differences', async () => {
    const verdicts = await judge(VECTORS.map((vector) => vector.server))
    const expected = VECTORS.map(({ title, isAccepted, differences }) => ({
      title,
      ours: isAccepted,
      theirs: differences?.[name] === undefined ? isAccepted : differences[name] === 'accepts',
    }))
    expect(verdicts.map((verdict, index) => ({ title: VECTORS[index]?.title, ...verdict }))).toEqual(expected)
  })

  it('agree on punycode, which browsers treat differently', async () => {
    const [verdict] = await judge([withCredentials('stun:xn--a')])
    expect(verdict?.ours).toBe(verdict?.theirs)
  })

  it('accept every generated URL that parseIceUrl accepts', async () => {
    const options = { numRuns: 250, seed: Date.now() }
    const valid = fc
      .sample(validUrls({ ports: [80, 443, 3478, 5349, 50_000, 65_535] }), options)
      .map(({ href }) => href)
    const urls = [...valid, ...fc.sample(nearlyUrls(), options)].filter(
      (url) => name === 'chromium' || !/^stuns/i.test(url),
    )
    const verdicts = await judge(urls.map(withCredentials))
    expect(
      urls.filter((_, index) => verdicts[index]?.ours && !verdicts[index]?.theirs),
      `seed ${options.seed}`,
    ).toEqual([])
    expect(verdicts.filter(({ ours }) => ours).length).toBeGreaterThan(100)
  })
})

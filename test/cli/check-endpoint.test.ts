/** `turnkeeper check <endpoint>` against real HTTP servers and the embedded TURN server. */
import { createServer } from 'node:http'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { freeUdpPort } from '../../demo/free-udp-port.js'
import { createIceServersHandler, toNodeListener } from '../../src/server/index.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { sendJson, startServer } from '../support/http-server.js'
import { runCommand } from '../support/run-command.js'

let turn: Awaited<ReturnType<typeof startEmbeddedTurn>>
beforeAll(async () => {
  turn = await startEmbeddedTurn()
  return turn.stop
})

const issue = async (others: object = {}) => ({ ...(await turn.issueCredentials(600)), ...others })
const NO_STORE = { 'cache-control': 'no-store' }
const EXPIRED = { iceServers: [{ urls: 'turn:a.invalid', username: '1767225600:u', credential: 'c' }] }
const APP = 'https://app.example.org'

/** Runs the check with `--json`. Returns the exit code and the report. */
async function check(args: readonly string[], parts: Parameters<typeof runCommand>[1] = {}) {
  const { exitCode, output } = await runCommand(['check', ...args, '--json', '--timeout', '2000'], parts)
  return { exitCode, report: JSON.parse(output) }
}

describe('turnkeeper check <endpoint>', () => {
  it('exits with 0 and reports what a page gets, if every URL is usable', async () => {
    const { url, origin } = await startServer(async (response) =>
      sendJson(response, await issue(), 200, NO_STORE),
    )
    const { exitCode, report } = await check([url])
    expect(exitCode).toBe(0)
    expect(report.endpoint).toMatchObject({
      request: `GET ${url}`,
      origin,
      status: 200,
      cors: { isAllowed: true },
      cache: { header: 'no-store' },
      clockDifferenceMs: 0,
      configuration: {
        shape: 'an object with iceServers, ttl, expiresAt',
        serverCount: 1,
        urlCount: 1,
        lifetimeSeconds: 600,
        dropped: [],
        warnings: [],
      },
    })
    expect(report).toMatchObject({ usable: 1, total: 1, urls: [{ verdict: 'usable' }] })
  })

  it('exits with 1 if some URLs are not usable, and reports dropped ones', async () => {
    const closedPort = await freeUdpPort()
    const { url } = await startServer(async (response) => {
      const { iceServers, ...others } = await issue()
      const [server] = iceServers
      const urls = [...(server?.urls ?? []), `turn:127.0.0.1:${closedPort}`, 'turn:127.0.0.1:53', 'turn:']
      sendJson(response, { ...others, iceServers: [{ ...server, urls }] }, 200, NO_STORE)
    })
    const { exitCode, report } = await check([url])
    expect(exitCode).toBe(1)
    expect(report.urls.map(({ verdict }: { verdict: string }) => verdict)).toEqual(['usable', 'unreachable'])
    expect(report.endpoint.configuration.dropped).toHaveLength(2)
    expect(report.endpoint.configuration.warnings).toHaveLength(1)
  })

  it('exits with 2 if no URL is usable', async () => {
    const { url } = await startServer(async (response) => {
      const { iceServers } = await issue()
      sendJson(response, { iceServers: [{ ...iceServers[0], credential: 'wrong' }] })
    })
    const { exitCode, report } = await check([url])
    expect(exitCode).toBe(2)
    expect(report.urls).toMatchObject([{ verdict: 'rejected', stunCode: 401 }])
  })

  it.each([
    [500, { error: 'x' }, 'the endpoint responded 500'],
    [200, { users: [] }, 'expected iceServers, got an object'],
    [200, EXPIRED, 'the credentials have already expired'],
  ])('exits with 2 if the endpoint responds with %i %j', async (status, body, message) => {
    const { url } = await startServer((response) => sendJson(response, body, status))
    const { exitCode, report } = await check([url])
    expect(exitCode).toBe(2)
    expect(report.endpoint.error).toContain(message)
    expect(report.urls).toEqual([])
  })

  it.each([
    ['does not exist', 'https://unknown.invalid/api', /the request failed: .*unknown\.invalid/],
    ['has a closed port', 'http://127.0.0.1:1/api', /the request failed/],
  ])('exits with 2 if the endpoint %s', async (_what, url, message) => {
    const { exitCode, report } = await check([url])
    expect(exitCode).toBe(2)
    expect(report.endpoint.error).toMatch(message)
  })

  it('exits with 2 if the endpoint does not respond in time', async () => {
    const { url } = await startServer(() => {})
    const { exitCode, output } = await runCommand(['check', url, '--timeout', '100', '--json'])
    expect(exitCode).toBe(2)
    expect(JSON.parse(output).endpoint.error).toBe('no response within 100 ms')
  })

  it('reports clock skew and responses that shared caches may store', async () => {
    const { url } = await startServer(async (response) => {
      const date = new Date(Date.now() - 90_000).toUTCString()
      sendJson(response, await issue(), 200, { date, 'cache-control': 'max-age=60' })
    })
    const { output } = await runCommand(['check', url])
    expect(output).toMatch(/clock +the server is (89|90|91) s behind this device/)
    expect(output).toMatch(/cache +shared caches may store the response/)
  })

  it('reads servers in Link headers', async () => {
    const { url } = await startServer(async (response) => {
      const [server] = (await issue()).iceServers
      const parameters = `username="${server?.username}"; credential="${server?.credential}"`
      const link = `<${server?.urls[0]}>; rel="ice-server"; ${parameters}`
      response.writeHead(201, { link, 'content-type': 'application/sdp' }).end('v=0')
    })
    const { exitCode, report } = await check([url, '--method', 'post'])
    expect(exitCode).toBe(0)
    expect(report.endpoint.configuration.shape).toBe('no JSON object; the servers are in Link headers')
  })

  it('prints no credential and no query', async () => {
    const issued = await issue()
    const { url } = await startServer((response) => sendJson(response, issued))
    for (const extra of [[], ['--json']]) {
      const { output, errorOutput } = await runCommand(['check', `${url}?token=secret-token`, ...extra])
      const [{ username = '', credential = '' } = {}] = issued.iceServers
      for (const secret of [username, credential, 'secret-token']) {
        expect(output + errorOutput).not.toContain(secret)
      }
    }
  })
})

describe('turnkeeper check --origin', () => {
  it.each([
    [{ 'access-control-allow-origin': APP }, true],
    [{ 'access-control-allow-origin': '*' }, true],
    [{ 'access-control-allow-origin': 'https://other.example.org' }, false],
    [{}, false],
  ])('checks the CORS headers of the response: %j', async (headers, isAllowed) => {
    const { url, requests } = await startServer(async (response) =>
      sendJson(response, await issue(), 200, headers),
    )
    const { exitCode, report } = await check([url, '--origin', APP])
    expect(report.endpoint.cors.isAllowed).toBe(isAllowed)
    expect(exitCode).toBe(isAllowed ? 0 : 2)
    expect(requests.map(({ method }) => method)).toEqual(['GET'])
    expect(requests[0]?.headers).toMatchObject({
      origin: APP,
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'cors',
      'sec-fetch-dest': 'empty',
    })
  })

  it.each([
    ['authorization', 204, undefined],
    ['AUTHORIZATION, x-app', 204, undefined],
    ['*', 204, 'does not contain authorization'],
    ['x-app', 200, 'does not contain authorization'],
    ['authorization', 403, 'responded to with 403'],
  ])('checks the preflight response: headers %s, status %i', async (allowedHeaders, status, message) => {
    const cors = { 'access-control-allow-origin': APP, 'access-control-allow-headers': allowedHeaders }
    const { url, requests } = await startServer(async (response, { method }) =>
      method === 'OPTIONS'
        ? response.writeHead(status, cors).end()
        : sendJson(response, await issue(), 200, cors),
    )
    const env = { TOKEN: 'Bearer t' }
    const args = [url, '--origin', APP, '--header', 'Authorization: env:TOKEN']
    const { report } = await check(args, { env })
    expect(requests[0]).toMatchObject({
      method: 'OPTIONS',
      headers: { 'access-control-request-headers': 'authorization', 'access-control-request-method': 'GET' },
    })
    expect(requests[0]?.headers.authorization).toBeUndefined()
    expect(requests[1]?.headers.authorization).toBe('Bearer t')
    if (message === undefined) expect(report.endpoint.error).toBeUndefined()
    else expect(report.endpoint.error).toContain(message)
  })

  it('sends no preflight request for a simple POST, and one for PUT', async () => {
    const headers = { 'access-control-allow-origin': '*', 'access-control-allow-methods': 'GET, DELETE' }
    const { url, requests } = await startServer(async (response) =>
      sendJson(response, await issue(), 200, headers),
    )
    expect((await check([url, '--origin', APP, '--method', 'POST'])).exitCode).toBe(0)
    expect(requests.map(({ method }) => method)).toEqual(['POST'])
    const { report } = await check([url, '--origin', APP, '--method', 'PUT'])
    expect(report.endpoint.error).toContain('Access-Control-Allow-Methods')
  })

  it('agrees with the handler of this package about its own page, an allowed and another origin', async () => {
    const handler = createIceServersHandler({
      source: () => issue(),
      authorize: () => 'alice',
      allowedOrigins: [APP],
    })
    const server = createServer(toNodeListener(handler)).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    onTestFinished(() => void server.close())
    const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/api`
    expect(await check([url])).toMatchObject({ exitCode: 0 })
    expect(await check([url, '--origin', APP])).toMatchObject({ exitCode: 0 })
    const { exitCode, report } = await check([url, '--origin', 'https://evil.example'])
    expect(exitCode).toBe(2)
    expect(report.endpoint).toMatchObject({ status: 403, cors: { isAllowed: false } })
  })
})

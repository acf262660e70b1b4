/** `turnkeeper check <endpoint> --origin`: whether browsers let a page of another origin read the response. */
import { createServer } from 'node:http'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createIceServersHandler, toNodeListener } from '../../src/server/index.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { sendJson, startServer } from '../support/http-server.js'
import { runCommand } from '../support/run-command.js'

let turn: Awaited<ReturnType<typeof startEmbeddedTurn>>
beforeAll(async () => {
  turn = await startEmbeddedTurn()
  return turn.stop
})

const issue = () => turn.issueCredentials(600)
const APP = 'https://app.example.org'

/** Runs the check with `--json`. Returns the exit code and the report. */
async function check(args: readonly string[], parts: Parameters<typeof runCommand>[1] = {}) {
  const { exitCode, output } = await runCommand(['check', ...args, '--json', '--timeout', '2000'], parts)
  return { exitCode, report: JSON.parse(output) }
}

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
    ['authorization', 403, 'returned 403, must be 2xx'],
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
    // After a preflight request that fails, browsers send nothing.
    expect(requests[1]?.headers.authorization).toBe(message === undefined ? 'Bearer t' : undefined)
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

  it.each([
    [{ 'access-control-allow-origin': APP, 'access-control-allow-credentials': 'true' }, true],
    [{ 'access-control-allow-origin': APP }, false],
    [{ 'access-control-allow-origin': '*', 'access-control-allow-credentials': 'true' }, false],
  ])('checks credentials if a cookie is sent: %j', async (headers, isAllowed) => {
    const { url, requests } = await startServer(async (response) =>
      sendJson(response, await issue(), 200, headers),
    )
    const args = [url, '--origin', APP, '--header', 'Cookie: env:COOKIE']
    const { report } = await check(args, { env: { COOKIE: 'session=1' } })
    expect(report.endpoint.cors.isAllowed).toBe(isAllowed)
    expect(requests.map(({ method }) => method)).toEqual(['GET'])
  })

  it.each([
    [{}, false],
    [{ 'access-control-expose-headers': 'Link' }, true],
    [{ 'access-control-expose-headers': '*' }, true],
  ])('reads Link headers only if pages can read them: %j', async (headers, isReadable) => {
    const { url } = await startServer(async (response) => {
      const [server] = (await issue()).iceServers
      const link = `<${server?.urls[0]}>; rel="ice-server"; username="${server?.username}"; credential="${server?.credential}"`
      response.writeHead(200, { link, 'access-control-allow-origin': '*', ...headers }).end()
    })
    const { exitCode, report } = await check([url, '--origin', APP])
    expect(exitCode).toBe(isReadable ? 0 : 2)
    if (!isReadable) expect(report.endpoint.error).toContain('pages cannot read Link unless')
  })

  it('reports mixed content without a request', async () => {
    const { report } = await check(['http://turnkeeper.invalid/api', '--origin', APP])
    expect(report.endpoint.error).toContain('mixed content')
  })

  it('prints no escape sequences of a header, also in JSON', async () => {
    const header = '\x9b31mRED'
    const { url } = await startServer((response) => {
      response.writeHead(200, { 'access-control-allow-origin': header }).end('{}')
    })
    for (const extra of [[], ['--json']]) {
      const { output } = await runCommand(['check', url, '--origin', APP, ...extra])
      expect(output).toContain('31mRED')
      expect(output).not.toMatch(/[\x80-\x9f]/)
    }
  })

  it.each([
    ['http://127.0.0.1:5173', 'same-site'],
    ['https://127.0.0.1', 'cross-site'],
    ['http://app.example.org', 'cross-site'],
    ['capacitor://localhost', 'cross-site'],
    ['null', 'cross-site'],
  ])('sends the Fetch Metadata of a page at %s', async (origin, site) => {
    const headers = { 'access-control-allow-origin': '*' }
    const { url, requests } = await startServer(async (response) =>
      sendJson(response, await issue(), 200, headers),
    )
    expect((await check([url, '--origin', origin])).exitCode).toBe(0)
    expect(requests[0]?.headers).toMatchObject({ origin, 'sec-fetch-site': site })
  })
})

/** `turnkeeper check <endpoint>` against real HTTP servers and the embedded TURN server. */
import { beforeAll, describe, expect, it } from 'vitest'
import { freeUdpPort } from '../../demo/free-udp-port.js'
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
      clock: { differenceMs: 0 },
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
    expect(report.invalid).toBe(1)
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
    [200, 5, 'expected iceServers'],
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
    expect((await runCommand(['check', url, '--method', 'post'])).output).toMatch(
      /cache +shared caches do not/,
    )
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
    expect(report.endpoint.configuration.shape).toBe('not JSON; the servers are in Link headers')
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

  it('does not follow redirects, and prints no query of theirs', async () => {
    const { url, requests } = await startServer((response) =>
      response.writeHead(302, { location: 'https://login.example.org/start?token=secret-token' }).end(),
    )
    const { exitCode, report } = await check([url, '--header', 'X-App: 1'])
    expect(exitCode).toBe(2)
    expect(report.endpoint.error).toBe(
      'the endpoint redirects to https://login.example.org/start: check that URL',
    )
    expect(requests).toHaveLength(1)
  })

  it('does not read a body without end', async () => {
    const { url } = await startServer((response) => {
      const write = () => {
        while (!response.destroyed && response.write('x'.repeat(100_000)));
        response.once('drain', write)
      }
      write()
    })
    const { report } = await check([url])
    expect(report.endpoint.error).toContain('the body is larger than 1000000 bytes')
  })

  it('ends after the time limit if the body claims to be compressed', async () => {
    const { url } = await startServer((response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', connection: 'close' }).end('{"iceServers":[]}')
    })
    const { exitCode, output } = await runCommand(['check', url, '--timeout', '300', '--json'])
    expect(exitCode).toBe(2)
    expect(JSON.parse(output).endpoint.error).toMatch(/^(no response within 300 ms|the request failed)/)
  })

  it.each(['<html>', ''])('reports a body that is not JSON: %j', async (body) => {
    const { url } = await startServer((response) => response.end(body))
    expect((await check([url])).report.endpoint.error).toBe('the body is not JSON')
  })

  it('reads JSON with a byte order mark, like pages do', async () => {
    const { url } = await startServer(async (response) =>
      response.end(`\uFEFF${JSON.stringify(await issue())}`),
    )
    expect((await check([url])).exitCode).toBe(0)
  })

  it('reports many left out URLs without printing all', async () => {
    const { url } = await startServer(async (response) => {
      const { iceServers } = await issue()
      sendJson(response, { iceServers: [...iceServers, ...Array.from({ length: 100_000 }, () => 0)] })
    })
    const { exitCode, output } = await runCommand(['check', url])
    expect(exitCode).toBe(1)
    expect(output.split('\n').length).toBeLessThan(60)
    expect(output).toMatch(/1 of 1 URL usable, \d+ invalid/)
  })

  it('prints no control characters of a response', async () => {
    const { url } = await startServer((response) => sendJson(response, { '\x1b[31mred': [] }))
    const { output } = await runCommand(['check', url])
    expect(output).toContain('red')
    expect(output).not.toContain('\x1b')
  })

  it('rejects --after-expiry if the response contains no lifetime', async () => {
    const { url } = await startServer(async (response) => {
      const { iceServers } = await issue()
      sendJson(response, { iceServers: iceServers.map((server) => ({ ...server, username: 'alice' })) })
    })
    const { exitCode, errorOutput } = await runCommand(['check', url, '--after-expiry'])
    expect(exitCode).toBe(3)
    expect(errorOutput).toContain('--after-expiry requires a response with a lifetime')
  })
})

/** `turnkeeper check` against a real coturn: UDP, TCP, TLS, IPv6, a quota, its expiry. */
import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { UrlReport } from '../../src/cli/check/url-report.js'
import { checkUrlText } from '../support/checked-turn.js'
import { startCoturn } from '../support/coturn.js'
import { runCommand } from '../support/run-command.js'
import { hasProgram } from '../support/system-packages.js'

const COMMAND = new URL('../../dist/cli.js', import.meta.url).pathname
const run = promisify(execFile)

const folder = mkdtempSync(join(tmpdir(), 'turnkeeper-certificate-'))
const certificate = { certPath: join(folder, 'cert.pem'), keyPath: join(folder, 'key.pem') }

describe.skipIf(!hasProgram('coturn') || !hasProgram('openssl'))('turnkeeper check, with coturn', () => {
  let coturn: Awaited<ReturnType<typeof startCoturn>>
  beforeAll(async () => {
    const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    const files = ['-keyout', certificate.keyPath, '-out', certificate.certPath]
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', ...names, ...files],
      {
        stdio: 'ignore',
      },
    )
    coturn = await startCoturn({ certificate })
  })
  afterAll(async () => {
    await coturn?.stop()
    rmSync(folder, { recursive: true })
  })

  /** Checks a URL in this process. */
  async function check(
    url: string,
    { username, credential }: { username: string; credential: string },
    ...args: string[]
  ) {
    const { exitCode, output } = await runCommand(
      ['check', url, '--username', username, '--credential', '-', '--json', ...args],
      { stdin: credential },
    )
    const { urls, expiry } = JSON.parse(output)
    return { exitCode, expiry, report: urls[0] as UrlReport }
  }

  /** Checks a URL with the built command, for which Node can trust another authority. */
  async function checkBuilt(url: string, trusts: boolean) {
    const { username, credential } = coturn.issueCredentials(60)
    const env = {
      ...process.env,
      C: credential,
      ...(trusts && { NODE_EXTRA_CA_CERTS: certificate.certPath }),
    }
    const args = [COMMAND, 'check', url, '--username', username, '--credential', 'env:C', '--json']
    const { stdout } = await run(process.execPath, args, { env }).catch((error) => error)
    return JSON.parse(stdout).urls[0] as UrlReport
  }

  it.each(['udp', 'tcp'])('allocates over %s, and releases the allocation', async (transport) => {
    const credentials = coturn.issueCredentials(60, `over-${transport}`)
    const { exitCode, report } = await check(coturn.url.replace('udp', transport), credentials)
    expect(report).toMatchObject({ verdict: 'usable', addressFamily: 'IPv4', lifetimeSeconds: 600 })
    expect(exitCode).toBe(0)
    expect(coturn.allocatedUsernames()).toContain(credentials.username)
    await expect.poll(() => coturn.releasedUsernames(), { timeout: 10_000 }).toContain(credentials.username)
  })

  it('allocates over TLS if the certificate is one for the host and trusted', async () => {
    const report = await checkBuilt(`turns:localhost:${coturn.tlsPort}`, true)
    expect(report).toMatchObject({ verdict: 'usable', lifetimeSeconds: 600 })
  })

  it('reports a certificate for another host, and one that is not trusted', async () => {
    expect(await checkBuilt(`turns:127.0.0.1:${coturn.tlsPort}`, true)).toMatchObject({
      verdict: 'certificate',
      message: 'the certificate is not valid for this host name',
    })
    const untrusted = await checkBuilt(`turns:localhost:${coturn.tlsPort}`, false)
    expect(untrusted.verdict).toBe('certificate')
    expect(untrusted.message).toContain('self-signed')
  })

  it('reports a wrong secret and an expired credential as 401', async () => {
    const { username } = coturn.issueCredentials(60)
    expect((await check(coturn.url, { username, credential: 'wrong' })).report.stunCode).toBe(401)
    const { exitCode, report } = await check(coturn.url, coturn.issueCredentials(-10))
    expect(report).toMatchObject({ verdict: 'rejected', stunCode: 401 })
    expect(exitCode).toBe(2)
  })

  it('finds out that coturn keeps the allocation after the credentials expire', async () => {
    const { expiry } = await check(coturn.url, coturn.issueCredentials(3), '--after-expiry')
    expect(expiry).toMatchObject({ afterExpiry: 'keep' })
  })

  it('reports a quota as 486', async () => {
    const limited = await startCoturn({ userQuota: 1 })
    onTestFinished(limited.stop)
    const credentials = limited.issueCredentials(5)
    const holding = checkUrlText(limited.url, { credentials, observeExpiryAt: Date.now() + 2000 })
    await expect.poll(() => limited.allocatedUsernames().length, { timeout: 5000 }).toBe(1)
    const { exitCode, report } = await check(limited.url, credentials)
    expect(report).toMatchObject({ verdict: 'rejected', stunCode: 486 })
    expect(exitCode).toBe(2)
    await holding
  })

  it('follows a redirection to another server', async () => {
    const redirecting = await startCoturn({ alternateServer: coturn.url.replace(/^turn:|\?.*$/g, '') })
    onTestFinished(redirecting.stop)
    const { report } = await check(redirecting.url, coturn.issueCredentials(60))
    expect(report.verdict).toBe('usable')
  })

  it('checks a server with an IPv6 address', async () => {
    const overIpv6 = await startCoturn({ listeningIp: '::1', relayIp: '127.0.0.1' })
    onTestFinished(overIpv6.stop)
    const { report } = await check(overIpv6.url, overIpv6.issueCredentials(60))
    expect(report).toMatchObject({ verdict: 'usable' })
    expect(report.mappedAddress).toMatch(/^\[::1\]:\d+$/)
  })
})

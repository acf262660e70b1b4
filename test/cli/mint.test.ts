/** `turnkeeper mint --turn-rest`. */
import { execFileSync } from 'node:child_process'
import { createHmac } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { validateRTCIceServer } from '../../src/index.js'
import { runCommand } from '../support/run-command.js'

const folder = mkdtempSync(join(tmpdir(), 'turnkeeper-mint-'))
afterAll(() => rmSync(folder, { recursive: true }))

const SECRET = 'a-shared-secret'
const ENV = { TURN_SECRET: SECRET }
const MINT = ['mint', '--turn-rest', '--urls', 'turn:t.org,turns:t.org', '--urls', 'stun:t.org']

const sign = (username: string) => createHmac('sha1', SECRET).update(username).digest('base64')

describe('turnkeeper mint --turn-rest', () => {
  it('prints credentials that the server of the secret accepts', async () => {
    const { exitCode, output } = await runCommand([...MINT, '--user', 'alice', '--ttl', '60'], { env: ENV })
    expect(exitCode).toBe(0)
    const { iceServers, ttl } = JSON.parse(output)
    expect(ttl).toBe(60)
    expect(iceServers).toHaveLength(1)
    const [server] = iceServers
    expect(validateRTCIceServer(server)).toBe(true)
    expect(server.urls).toEqual(['turn:t.org', 'turns:t.org', 'stun:t.org'])
    expect(server.username).toMatch(/^\d+:alice$/)
    expect(server.credential).toBe(sign(server.username))
  })

  it('prints the response of the draft with --format turn-rest', async () => {
    const { output } = await runCommand([...MINT, '--format', 'turn-rest'], { env: ENV })
    const { username, password, ttl, uris } = JSON.parse(output)
    expect({ password, ttl, uris }).toEqual({
      password: sign(username),
      ttl: 3600,
      uris: ['turn:t.org', 'turns:t.org', 'stun:t.org'],
    })
  })

  it('prints variables that a shell reads with --format env', async () => {
    const { output } = await runCommand([...MINT, '--user', "o'hara $(id)", '--format', 'env'], { env: ENV })
    const script = `${output}printf '%s\\n' "$TURN_URLS" "$TURN_USERNAME" "$TURN_CREDENTIAL"`
    const [urls, username = '', credential] = execFileSync('sh', ['-c', script]).toString().split('\n')
    expect(urls).toBe('turn:t.org,turns:t.org,stun:t.org')
    expect(username).toMatch(/^\d+:o%27hara%20\$\(id\)$/)
    expect(credential).toBe(sign(username))
  })

  it.each(['file', 'standard input'])('reads the secret from a %s', async (place) => {
    const path = join(folder, 'secret')
    writeFileSync(path, `${SECRET}\r\n`)
    const args = [...MINT, '--secret-file', place === 'file' ? path : '-']
    const { output } = await runCommand(args, { stdin: `${SECRET}\n` })
    const [{ username, credential }] = JSON.parse(output).iceServers
    expect(credential).toBe(sign(username))
  })

  it('passes on the separator', async () => {
    const { output } = await runCommand([...MINT, '--user', 'alice', '--separator', '_'], { env: ENV })
    expect(JSON.parse(output).iceServers[0].username).toMatch(/^\d+_alice$/)
  })

  it.each([
    [['mint'], 'pass either --cloudflare or --turn-rest'],
    [['mint', '--cloudflare', '--turn-rest'], 'pass either --cloudflare or --turn-rest'],
    [['mint', '--turn-rest'], '--turn-rest requires --urls'],
    [['mint', '--turn-rest', '--urls', 'http://t.org'], 'must begin with stun:, stuns:, turn: or turns:'],
    [[...MINT, 'alice'], 'unexpected argument alice'],
    [[...MINT, '--ttl', '172801'], '--ttl must be an integer from 1 to 172800, got 172801'],
    [[...MINT, '--ttl', '0'], '--ttl must be an integer from 1 to'],
    [[...MINT, '--format', 'yaml'], '--format must be json or turn-rest or env, got yaml'],
    [[...MINT, '--separator', 'ab'], 'separator must be'],
    [[...MINT, '--secret-file', '/none'], '--secret-file: cannot read /none (ENOENT)'],
    [[...MINT, '--secret-file', '/dev/null'], '--secret-file: /dev/null is empty'],
    [[...MINT, '--secret-file', '/dev/zero'], '--secret-file: /dev/zero is too long for a secret'],
    [[...MINT, '--secret-file', '/tmp'], '--secret-file: cannot read /tmp (EISDIR)'],
  ])('rejects wrong arguments: %j', async (args, message) => {
    const { exitCode, output, errorOutput } = await runCommand(args, { env: ENV })
    expect({ exitCode, output }).toEqual({ exitCode: 3, output: '' })
    expect(errorOutput).toContain(message)
  })

  it('prints the cause of an error with --verbose', async () => {
    const args = [...MINT, '--secret-file', '/none']
    expect((await runCommand(args)).errorOutput).not.toContain('caused by')
    expect((await runCommand([...args, '--verbose'])).errorOutput).toContain(
      '  caused by: ENOENT: no such file',
    )
  })

  it('requires the secret in the environment or in a file', async () => {
    const { exitCode, errorOutput } = await runCommand(MINT)
    expect(exitCode).toBe(3)
    expect(errorOutput).toContain('TURN_SECRET')
    expect(errorOutput).toContain('--secret-file')
  })
})

/** The commands that use Cloudflare's APIs, against the emulator. */
import { describe, expect, it } from 'vitest'
import { ACCOUNT_ID, API_TOKEN, KEY_ID, KEY_SECRET } from '../support/cloudflare-emulator.js'
import { sendJson } from '../support/http-server.js'
import { runCommand } from '../support/run-command.js'
import { useCloudflareEmulator } from '../support/use-cloudflare-emulator.js'

const { cloudflare } = useCloudflareEmulator()

const ENV = {
  CLOUDFLARE_TURN_KEY_ID: KEY_ID,
  CLOUDFLARE_TURN_KEY_SECRET: `${KEY_SECRET}\n`,
  CLOUDFLARE_ACCOUNT_ID: ACCOUNT_ID,
  CLOUDFLARE_API_TOKEN: API_TOKEN,
}

const runWith = (args: readonly string[], parts: Parameters<typeof runCommand>[1] = {}) =>
  runCommand(args, {
    env: ENV,
    cloudflare: { realtimeUrl: cloudflare().turnUrl, accountsUrl: cloudflare().apiUrl },
    ...parts,
  })

describe('turnkeeper mint --cloudflare', () => {
  it('prints the response as JSON', async () => {
    const { exitCode, output, errorOutput } = await runWith(['mint', '--cloudflare', '--ttl', '600'])
    expect({ exitCode, errorOutput }).toEqual({ exitCode: 0, errorOutput: '' })
    const { iceServers, ttl, afterExpiry } = JSON.parse(output)
    expect({ ttl, afterExpiry }).toEqual({ ttl: 600, afterExpiry: 'drop' })
    expect(iceServers.at(-1)).toMatchObject({ credential: 'issued-credential' })
    expect(cloudflare().calls[0]?.body).toEqual({ ttl: 600 })
  })

  it('names the variable that is missing', async () => {
    const { exitCode, errorOutput } = await runWith(['mint', '--cloudflare'], { env: {} })
    expect(exitCode).toBe(3)
    expect(errorOutput).toContain(
      'set the environment variable CLOUDFLARE_TURN_KEY_ID to the id of the TURN key',
    )
  })

  it('prints an error of the API in one line with a hint, and never the secret', async () => {
    const env = { ...ENV, CLOUDFLARE_TURN_KEY_SECRET: 'another-secret' }
    const { exitCode, output, errorOutput } = await runWith(['mint', '--cloudflare', '--verbose'], { env })
    expect({ exitCode, output }).toEqual({ exitCode: 1, output: '' })
    expect(errorOutput.trimEnd().split('\n')[0]).toContain(
      'check that keySecret is the secret of the TURN key',
    )
    expect(errorOutput).not.toContain('another-secret')
  })

  it('rejects options of the other source', async () => {
    const { exitCode, errorOutput } = await runWith(['mint', '--cloudflare', '--user', 'alice'])
    expect(exitCode).toBe(3)
    expect(errorOutput).toContain('--user requires --turn-rest')
  })
})

describe('turnkeeper revoke', () => {
  it('revokes the credentials of a username', async () => {
    expect(await runWith(['revoke', '1767225600:user'])).toMatchObject({ exitCode: 0, output: 'revoked\n' })
    expect(cloudflare().revoked).toEqual(['1767225600:user'])
  })

  it.each([[[]], [['a', 'b']]])('requires one username: %j', async (usernames) => {
    const { exitCode, errorOutput } = await runWith(['revoke', ...usernames])
    expect(exitCode).toBe(3)
    expect(errorOutput).toContain('pass the username of the credentials')
    expect(cloudflare().calls).toEqual([])
  })
})

describe('turnkeeper keys', () => {
  const create = async () => JSON.parse((await runWith(['keys', 'create', '--name', 'one', '--json'])).output)

  it('creates a key, prints its secret once and warns that it is not shown again', async () => {
    const { exitCode, output, errorOutput } = await runWith(['keys', 'create', '--name', 'one'])
    expect(exitCode).toBe(0)
    expect(output).toMatch(/^ {2}uid +[\da-f]{32}$/m)
    expect(output).toMatch(/^ {2}secret +created-secret$/m)
    expect(errorOutput).toBe('Save the secret now: it is not shown again.\n')
    expect((await runWith(['keys', 'list'])).output).not.toContain('created-secret')
  })

  it('lists, gets, renames and deletes keys', async () => {
    expect((await runWith(['keys', 'list'])).output).toBe('no TURN keys\n')
    const { uid } = await create()
    expect((await runWith(['keys', 'list'])).output).toMatch(new RegExp(`^  ${uid}  .* one$`, 'm'))
    expect((await runWith(['keys', 'update', uid, '--name', 'two'])).exitCode).toBe(0)
    expect(JSON.parse((await runWith(['keys', 'get', uid, '--json'])).output)).toMatchObject({
      uid,
      name: 'two',
    })
    expect((await runWith(['keys', 'delete', uid, '--yes'])).output).toBe('deleted\n')
    expect(JSON.parse((await runWith(['keys', 'list', '--json'])).output)).toEqual([])
  })

  it.each(['y', 'YES\n'])('deletes after the question on a terminal: %j', async (stdin) => {
    const { uid } = await create()
    const { exitCode, errorOutput } = await runWith(['keys', 'delete', uid], { stdin, isStdinTerminal: true })
    expect(exitCode).toBe(0)
    expect(errorOutput).toContain(`Delete the TURN key ${uid}? It issues no more credentials. [y/N]`)
  })

  it.each(['', 'n\n', 'yeah\n'])('does not delete after another reply: %j', async (stdin) => {
    const { uid } = await create()
    const { exitCode, errorOutput } = await runWith(['keys', 'delete', uid], { stdin, isStdinTerminal: true })
    expect(exitCode).toBe(1)
    expect(errorOutput).toContain('nothing was deleted')
    expect((await runWith(['keys', 'get', uid])).exitCode).toBe(0)
  })

  it('does not delete without a terminal and without --yes', async () => {
    const { uid } = await create()
    const { exitCode, errorOutput } = await runWith(['keys', 'delete', uid], { stdin: 'y\n' })
    expect(exitCode).toBe(3)
    expect(errorOutput).toContain('pass --yes to delete the key')
  })

  it('prints no escape sequences of a name, and no secret that an API adds', async () => {
    const key = { uid: 'a', name: 'x\x1b[31m\r\nforged', created: '1', modified: '2', key: 'leaked-secret' }
    cloudflare().behaviour.faults.push((response) => sendJson(response, { success: true, result: key }, 200))
    const { exitCode, output } = await runWith(['keys', 'get', 'a'])
    expect(exitCode).toBe(0)
    expect(output).toMatch(/^ {2}name +x \[31m forged$/m)
    expect(output).not.toContain('leaked-secret')
  })

  it.each([
    [[], 'pass one of list, get, create, update, delete'],
    [['lst'], 'unknown action lst (did you mean list?)'],
    [['toString'], 'unknown action toString'],
    [['list', 'x'], 'unexpected argument x'],
    [['get'], 'pass the id of the key'],
    [['get', 'x', 'y'], 'unexpected argument y'],
    [['create'], 'pass the name of the key with --name'],
    [['update', 'x'], 'pass the name of the key with --name'],
    [['list', '--name', 'x'], 'keys list does not take --name'],
    [['get', 'x', '--yes'], 'keys get does not take --yes'],
  ])('rejects wrong arguments: %j', async (args, message) => {
    const { exitCode, errorOutput } = await runWith(['keys', ...args])
    expect(exitCode).toBe(3)
    expect(errorOutput).toContain(message)
    expect(cloudflare().calls).toEqual([])
  })
})

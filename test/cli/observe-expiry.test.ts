/** `--after-expiry`: what a TURN server does with an allocation when its credentials expire. */
import { describe, expect, it } from 'vitest'
import { expiryOfServer } from '../../src/cli/check/credential-expiry.js'
import { ATTRIBUTE, METHOD } from '../../src/cli/stun/message.js'
import type { IceConfiguration } from '../../src/index.js'
import { checkUrlText, credentialsOf, startTurn } from '../support/checked-turn.js'
import { sendJson, startServer } from '../support/http-server.js'
import { runCommand } from '../support/run-command.js'
import { encodeResponse } from '../support/stun-messages.js'
import { idOf, rejection, startStunServer } from '../support/stun-server.js'

describe('expiryOfServer', () => {
  const configuration = { expiresAt: 5, expirySource: 'ttl' } as IceConfiguration

  it('is the time in the username, because the lifetime of a response is the shortest of its servers', () => {
    const seconds = Math.floor(Date.now() / 1000) + 600
    expect(expiryOfServer(`${seconds}:alice`, configuration)).toBe(seconds * 1000)
    expect(expiryOfServer('alice', configuration)).toBe(5)
  })

  it.each(['default', 'cache-control', 'expires'] as const)(
    'is unknown if it is read from %s',
    (expirySource) => {
      expect(() => expiryOfServer('alice', { ...configuration, expirySource })).toThrow(
        'requires a response with',
      )
    },
  )
})

describe('the check after the expiry', () => {
  it.each([
    ['keep', 'keeps the allocation'],
    ['drop', 'drops the allocation'],
    ['reject', 'drops the allocation'],
  ] as const)('finds out what a server does: %s', async (atExpiry, message) => {
    const turn = await startTurn({ atExpiry })
    const issued = await turn.issueCredentials(2)
    const report = await checkUrlText(turn.urls[0] ?? '', {
      credentials: credentialsOf(issued),
      observeExpiryAt: issued.expiresAt,
    })
    expect(report.verdict).toBe('usable')
    expect(report.expiry?.afterExpiry).toBe(atExpiry === 'keep' ? 'keep' : 'drop')
    expect(report.expiry?.message).toContain(message)
  })

  it.each([
    ['does not respond', 0],
    ['has an internal error', 500],
  ])('is inconclusive if the server %s', async (_what, code) => {
    const relayed = Buffer.from([0, 1, 1, 2, 127, 0, 0, 1])
    const { url } = await startStunServer((request) => {
      const isRefresh = request.readUInt16BE(0) === METHOD.refresh
      if (isRefresh && code === 0) return []
      if (!isRefresh) {
        const attributes = [[ATTRIBUTE.xorRelayedAddress, relayed]] as const
        return [encodeResponse('allocate', attributes, { transactionId: idOf(request) })]
      }
      const packet = rejection(request, code)
      packet.writeUInt16BE(METHOD.refresh | 0x110, 0)
      return [packet]
    })
    const report = await checkUrlText(`turn:${url}`, { observeExpiryAt: Date.now(), timeoutMs: 500 })
    expect(report.expiry?.afterExpiry).toBeUndefined()
    expect(report.expiry?.message).toContain('inconclusive')
  })

  it('checks all URLs before it waits, and waits for one of them', async () => {
    const turn = await startTurn({ atExpiry: 'keep' })
    const { username, credential } = credentialsOf(await turn.issueCredentials(3))
    const [url = ''] = turn.urls
    const args = ['check', url, url, '--username', username, '--credential', '-', '--concurrency', '1']
    const { exitCode, output, errorOutput } = await runCommand([...args, '--after-expiry', '--json'], {
      stdin: credential,
    })
    expect(exitCode).toBe(0)
    expect(errorOutput).toBe('')
    expect(JSON.parse(output).expiry).toEqual({
      afterExpiry: 'keep',
      message: `${url} keeps the allocation when the credentials expire: afterExpiry: 'keep'`,
    })
  })

  it('prints the verdicts first, and remarks if the response says something else', async () => {
    const turn = await startTurn({ atExpiry: 'keep' })
    const { url } = await startServer(async (response) =>
      sendJson(response, { ...(await turn.issueCredentials(2)), afterExpiry: 'drop' }),
    )
    const { output, errorOutput } = await runCommand(['check', url, '--after-expiry'], {
      showsProgress: true,
    })
    expect(errorOutput).toMatch(/waiting until the credentials expire at \S+Z\n$/)
    expect(output).toMatch(
      /1 of 1 URL usable\n\nturn:\S+ keeps the allocation .*, but the response says 'drop'\n$/,
    )
  })

  it('is not measured if no TURN URL is usable', async () => {
    const turn = await startTurn()
    const { username } = credentialsOf(await turn.issueCredentials(600))
    const args = ['check', ...turn.urls, '--username', username, '--credential', '-', '--after-expiry']
    const { exitCode, output } = await runCommand(args, { stdin: 'wrong' })
    expect(exitCode).toBe(2)
    expect(output).toContain('not measured: no TURN URL is usable')
  })

  it.each([
    ['alice', '--after-expiry requires a username with a timestamp'],
    ['1767225600:alice', '--after-expiry: the credentials have already expired'],
  ])('requires a username with a timestamp in the future: %s', async (username, message) => {
    const args = [
      'check',
      'turn:a.invalid',
      '--username',
      username,
      '--credential',
      'env:C',
      '--after-expiry',
    ]
    const { exitCode, errorOutput } = await runCommand(args, { env: { C: 'x' } })
    expect(exitCode).toBe(3)
    expect(errorOutput).toContain(message)
  })
})

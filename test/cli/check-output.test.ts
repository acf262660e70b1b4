/** What `turnkeeper check` prints, and how it ends. */
import { beforeAll, describe, expect, it } from 'vitest'
import { freeUdpPort } from '../../demo/free-udp-port.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { sendJson, startServer } from '../support/http-server.js'
import { runCommand } from '../support/run-command.js'
import { startStunServer } from '../support/stun-server.js'

let turn: Awaited<ReturnType<typeof startEmbeddedTurn>>
beforeAll(async () => {
  turn = await startEmbeddedTurn()
  return turn.stop
})

const issue = () => turn.issueCredentials(600)
const NO_STORE = { 'cache-control': 'no-store' }

describe('the output of turnkeeper check', () => {
  it('is aligned for people, in colours on a terminal only', async () => {
    const { url, origin } = await startServer(async (response) =>
      sendJson(response, await issue(), 200, NO_STORE),
    )
    const { output, errorOutput } = await runCommand(['check', url])
    expect(errorOutput).toBe('')
    expect(output.split('\n')[0]).toBe(`GET ${url} (origin ${origin})`)
    expect(output).toMatch(/^ {2}servers {4}1 server, 1 URL$/m)
    expect(output).toMatch(/^ {2}lifetime {3}\d+ s \(from \w+\)$/m)
    expect(output).toMatch(/^ {2}usable: relayed address 127\.0\.0\.1:\d+, allocation lifetime 600 s$/m)
    expect(output.endsWith('1 of 1 URL usable\n')).toBe(true)
    const coloured = await runCommand(['check', url], { hasColours: true })
    expect(coloured.output).toContain('\x1b[32musable\x1b[39m')
  })

  it('shows progress on a terminal, and removes it', async () => {
    const { url } = await startServer(async (response) => sendJson(response, await issue()))
    const { errorOutput } = await runCommand(['check', url], { showsProgress: true })
    expect(errorOutput).toContain('checking 1 URL')
    expect(errorOutput.endsWith('\r\x1b[K')).toBe(true)
  })

  it.each([1, 3])('checks as many URLs at a time as --concurrency allows: %i', async (concurrency) => {
    let inFlight = 0
    let most = 0
    const { url } = await startStunServer(() => {
      most = Math.max(most, ++inFlight)
      setTimeout(() => inFlight--, 300)
      return []
    })
    const urls = [`stun:${url}`, `stun:${url}`, `stun:${url}`]
    const limits = ['--timeout', '400', '--concurrency', String(concurrency)]
    const { exitCode, output } = await runCommand(['check', ...urls, ...limits])
    expect(exitCode).toBe(2)
    expect(output).toContain('0 of 3 URLs usable')
    expect(most).toBe(concurrency)
  })

  it('contains the error code of Node with --verbose', async () => {
    const args = ['check', `stun:127.0.0.1:${await freeUdpPort()}`]
    expect((await runCommand(args)).output).not.toContain('ECONNREFUSED')
    expect((await runCommand([...args, '--verbose'])).output).toContain('code ECONNREFUSED')
  })

  it('ends with 130 when it is interrupted', async () => {
    const { url } = await startServer(() => {})
    const interruption = new AbortController()
    const pending = runCommand(['check', url], { signal: interruption.signal })
    setTimeout(() => interruption.abort(), 50)
    expect(await pending).toEqual({
      exitCode: 130,
      output: '',
      errorOutput: 'turnkeeper check: interrupted\n',
    })
  })
})

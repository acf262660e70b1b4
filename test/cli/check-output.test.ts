/** What `turnkeeper check` prints, and how it ends. */
import { beforeAll, describe, expect, it } from 'vitest'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { sendJson, startServer } from '../support/http-server.js'
import { runCommand } from '../support/run-command.js'

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
    expect(output.split('\n')[0]).toBe(`GET ${url}, like a page of ${origin}`)
    expect(output).toMatch(/^ {2}servers {4}1 with 1 URL$/m)
    expect(output).toMatch(/^ {2}lifetime {3}600 s \(from \w+\)$/m)
    expect(output).toMatch(/^ {2}usable: relays at 127\.0\.0\.1:\d+ \(IPv4\) for 600 s$/m)
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

  it('checks servers without an endpoint, as many at a time as --concurrency allows', async () => {
    const { iceServers } = await issue()
    const [{ urls = [], username = '', credential = '' } = {}] = iceServers
    const url = urls[0] ?? ''
    const args = ['check', url, url, url, '--username', username, '--credential', '-', '--concurrency', '1']
    const { exitCode, output } = await runCommand(args, { stdin: credential })
    expect(exitCode).toBe(0)
    expect(output).toContain('3 of 3 URLs usable')
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

/** The command of the packed tarball, run by npx in an empty folder. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { sendJson, startServer } from '../support/http-server.js'
import { wait } from '../support/wait.js'

const run = promisify(execFile)
const ROOT = new URL('../..', import.meta.url).pathname
const COMMAND = join(ROOT, 'dist/cli.js')

describe('the command of the packed tarball', () => {
  let folder: string
  let tarball: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'turnkeeper-command-'))
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT })
    tarball = join(folder, JSON.parse(stdout.slice(stdout.indexOf('[')))[0].filename)
  })
  afterAll(() => rm(folder, { recursive: true }))

  const npx = (...args: string[]) =>
    run('npx', ['--yes', `--package=${tarball}`, 'turnkeeper', ...args], { cwd: folder })

  it('runs by npx in an empty folder', async () => {
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
    expect((await npx('--version')).stdout).toBe(`${version}\n`)
  })

  it('checks an endpoint and its TURN server, and exits with 0', async () => {
    const turn = await startEmbeddedTurn()
    const { url } = await startServer(async (response) => sendJson(response, await turn.issueCredentials(60)))
    const { stdout } = await npx('check', url)
    turn.stop()
    expect(stdout).toContain('1 of 1 URL usable')
  })

  it('exits with the code of the result', async () => {
    const failed = await npx('check').catch((error) => error)
    expect(failed).toMatchObject({ code: 3, stdout: '' })
    // npm can add warnings of its own.
    expect(failed.stderr).toContain('turnkeeper check: pass an endpoint, or STUN and TURN URLs\n')
  })
})

describe('the built command', () => {
  it('ends cleanly on Ctrl-C', async () => {
    const { url } = await startServer(() => {})
    const child = spawn(process.execPath, [COMMAND, 'check', url], { stdio: ['ignore', 'pipe', 'pipe'] })
    let errorOutput = ''
    child.stderr.on('data', (chunk) => {
      errorOutput += chunk
    })
    setTimeout(() => child.kill('SIGINT'), 1000)
    const [code, signal] = await once(child, 'exit')
    expect({ code, signal, errorOutput }).toEqual({
      code: 130,
      signal: null,
      errorOutput: 'turnkeeper check: interrupted\n',
    })
  })

  it('ends without an error if the reader of its output closes the pipe', async () => {
    const command = `"${process.execPath}" "${COMMAND}" check --help | head -n 1`
    const { stdout, stderr } = await run('bash', ['-o', 'pipefail', '-c', command])
    expect(stdout).toContain('Usage: turnkeeper check')
    expect(stderr).toBe('')
  })

  it.each([
    ['a reader that closes the pipe', '| true', 3],
    ['a full disk', '> /dev/full', 1],
  ])('exits with its code despite %s', async (_what, redirection, code) => {
    const check = code === 3 ? 'check' : 'check --help'
    const command = `"${process.execPath}" "${COMMAND}" ${check} ${redirection}`
    const result = await run('bash', ['-o', 'pipefail', '-c', command]).catch((error) => error)
    expect(result.code).toBe(code)
  })

  it('does not wait for a TLS handshake that it has given up', async () => {
    const server = createServer(() => {}).listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as { port: number }
    const child = spawn(process.execPath, [
      COMMAND,
      'check',
      `https://127.0.0.1:${port}/`,
      '--timeout',
      '500',
    ])
    const [output] = await once(child.stdout, 'data')
    expect(String(output)).toContain('no response within 500 ms')
    const exit = await Promise.race([once(child, 'exit'), wait(5000)])
    expect(exit).toEqual([2, null])
  })

  it('reads a secret from standard input', async () => {
    const args = [COMMAND, 'mint', '--turn-rest', '--urls', 'turn:t.org', '--secret-file', '-']
    const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdin.end('a-shared-secret\n')
    const [output] = await once(child.stdout, 'data')
    expect(JSON.parse(output).iceServers).toHaveLength(1)
  })
})

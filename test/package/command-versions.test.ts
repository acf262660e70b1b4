/** The command of the packed tarball on the other supported versions of Node, which npm installs. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { sendJson, startServer } from '../support/http-server.js'
import { installPackedPackage } from '../support/packed-package.js'

const run = promisify(execFile)

describe('the command of the packed tarball', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'turnkeeper-versions-'))
    await installPackedPackage(folder, [])
  })
  afterAll(() => rm(folder, { recursive: true }))

  it.each([20, 22, 24])('checks an endpoint and issues credentials on Node %i', async (version) => {
    const turn = await startEmbeddedTurn()
    const { url } = await startServer(async (response) => sendJson(response, await turn.issueCredentials(60)))
    // The npm package `node` brings its executable with a script: without scripts npx runs the Node of the system.
    const env = { ...process.env, TURN_SECRET: 'a-shared-secret', npm_config_ignore_scripts: 'false' }
    const runNode = (...args: string[]) =>
      run('npx', ['--yes', `--package=node@${version}`, 'node', ...args], { cwd: folder, env })
    const runtime = await runNode('-p', 'process.version + " " + process.execPath')
    expect(runtime.stdout).toMatch(new RegExp(`^v${version}\\..* .*/node_modules/`))
    const runCommand = (...args: string[]) => runNode('node_modules/turnkeeper/dist/cli.js', ...args)
    expect((await runCommand('check', url)).stdout).toContain('1 of 1 URL usable')
    const issued = await runCommand('mint', '--turn-rest', '--urls', 'turn:t.org')
    expect(JSON.parse(issued.stdout).iceServers).toHaveLength(1)
    turn.stop()
  })
})

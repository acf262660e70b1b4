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
    const env = { ...process.env, TURN_SECRET: 'a-shared-secret' }
    const runOn = (...args: string[]) =>
      run(
        'npx',
        ['--yes', `--package=node@${version}`, 'node', 'node_modules/turnkeeper/dist/cli.js', ...args],
        {
          cwd: folder,
          env,
        },
      )
    const runtime = await run('npx', ['--yes', `--package=node@${version}`, 'node', '--version'], {
      cwd: folder,
    })
    expect(runtime.stdout).toMatch(new RegExp(`^v${version}\\.`))
    expect((await runOn('check', url)).stdout).toContain('1 of 1 URL usable')
    const issued = await runOn('mint', '--turn-rest', '--urls', 'turn:t.org')
    expect(JSON.parse(issued.stdout).iceServers).toHaveLength(1)
    turn.stop()
  })
})

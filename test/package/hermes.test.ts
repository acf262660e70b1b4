/** The built package in Hermes, the engine of React Native, compiled as apps are. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { withTemporaryPackage } from '../../bench/temporary-package.js'
import { bundleApp } from '../support/app-bundle.js'

/** The last version on npm. It has no private members, so apps for it are compiled by the preset of React Native. */
const HERMES = ['hermes-engine-cli', '0.12.0'] as const
const PRESET = ['@react-native/babel-preset', '0.86.3'] as const

/** Compiles a script as React Native's Metro does. Babel is installed with the preset. */
function compile(script: string, folder: string): string {
  const require = createRequire(join(folder, 'index.js'))
  const options = { enableBabelRuntime: false, disableImportExportTransform: true }
  return require('@babel/core').transformSync(script, {
    configFile: false,
    babelrc: false,
    filename: 'app.js',
    sourceType: 'script',
    presets: [[require(PRESET[0]), options]],
  }).code
}

async function runInHermes(script: string) {
  return withTemporaryPackage(...HERMES, async (folder) => {
    const app = join(folder, 'app.js')
    await writeFile(app, script)
    const program = join(folder, 'node_modules/hermes-engine-cli/linux64-bin/hermes')
    const { stdout } = await promisify(execFile)(program, ['-Xmicrotask-queue', '-w', app])
    return JSON.parse(stdout)
  })
}

it('a provider fetches, retries, and writes pushed servers to an attached connection in Hermes', async () => {
  const bundled = await bundleApp('hermes-app.ts', 'iife')
  const script = await withTemporaryPackage(...PRESET, async (folder) => compile(bundled, folder))
  const server = {
    urls: ['turn:turn.example.org?transport=udp', 'turns:TURN.example.org:443'],
    username: 'user',
    credential: 'secret',
  }
  expect(await runInHermes(script)).toEqual({
    requests: 2,
    events: ['success'],
    iceServers: [server],
    written: [{ iceServers: [{ ...server, username: 'next' }], iceTransportPolicy: 'relay' }],
    state: 'fresh',
    closedState: 'closed',
    isValid: [true, false],
  })
})

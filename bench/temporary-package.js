/** Installs a package temporarily. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { MINUTE } from './time.js'

const TIMEOUT_MS = 2 * MINUTE

/**
 * Installs a package in a temporary folder while a task runs, because it is too large for a dependency.
 *
 * @template Result
 * @param {string} name
 * @param {string} version
 * @param {(folder: string) => Promise<Result>} task
 */
export async function withTemporaryPackage(name, version, task) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  try {
    const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock']
    const parameters = ['install', '--prefix', folder, ...flags, `${name}@${version}`]
    await promisify(execFile)('npm', parameters, { timeout: TIMEOUT_MS })
    return await task(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

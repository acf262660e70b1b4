import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const GIVE_UP_AFTER_MS = 120_000

/**
 * Installs a package that is too large to be a dependency of this one into a folder of its own, and removes it
 * after the work.
 *
 * @template Result
 * @param {string} name
 * @param {string} version
 * @param {(folder: string) => Promise<Result>} work
 */
export async function withTemporaryPackage(name, version, work) {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  try {
    const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--no-package-lock']
    const parameters = ['install', '--prefix', folder, ...flags, `${name}@${version}`]
    await promisify(execFile)('npm', parameters, { timeout: GIVE_UP_AFTER_MS })
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

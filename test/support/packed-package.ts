/** Packs the built package and installs it like an app does. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ROOT = new URL('../..', import.meta.url).pathname

/** Packs the package. Resolves with the path of the tarball, and those of the files in it. */
export async function packPackage(folder: string): Promise<{ tarball: string; files: string[] }> {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT })
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('[')))
  const files = packed.files.map(({ path }: { path: string }) => path)
  return { tarball: join(folder, packed.filename), files }
}

/** Installs the package and others in a new project. Resolves with the paths of the files in the package. */
export async function installPackedPackage(folder: string, others: readonly string[]): Promise<string[]> {
  const { tarball, files } = await packPackage(folder)
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  await run('npm', ['install', '--no-audit', '--no-fund', tarball, ...others], { cwd: folder })
  return files
}

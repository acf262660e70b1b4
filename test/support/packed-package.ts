/** Packs the built package and installs it like an app does. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ROOT = new URL('../..', import.meta.url).pathname

/** Installs the package and others in a new project. Resolves with the paths of the files in the package. */
export async function installPackedPackage(folder: string, others: readonly string[]): Promise<string[]> {
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT })
  const [packed] = JSON.parse(stdout.slice(stdout.indexOf('[')))
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
  const packages = [join(folder, packed.filename), ...others]
  await run('npm', ['install', '--no-audit', '--no-fund', ...packages], { cwd: folder })
  return packed.files.map(({ path }: { path: string }) => path)
}

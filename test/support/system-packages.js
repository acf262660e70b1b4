import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What the tests need from the system: the programs that will do, and the Debian package that has one. */
const NEEDED = [
  { programs: ['chromium', 'chromium-browser', 'google-chrome'], debianPackage: 'chromium' },
  { programs: ['firefox-esr', 'firefox'], debianPackage: 'firefox-esr' },
  { programs: ['turnserver'], debianPackage: 'coturn' },
]

/** What Chromium takes to run as root, and to leave the network to the page. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Finds a program by its Debian package; returns its path or nothing. */
export function findProgram(debianPackage) {
  const { programs } = NEEDED.find((needed) => needed.debianPackage === debianPackage)
  const folders = (process.env.PATH ?? '').split(delimiter)
  return programs.flatMap((program) => folders.map((folder) => join(folder, program))).find(isExecutable)
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

const missing = () => NEEDED.map(({ debianPackage }) => debianPackage).filter((name) => !findProgram(name))

function installWithApt(packages) {
  console.log(`Installing ${packages.join(', ')} with apt-get, for the tests …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args) =>
    spawnSync('apt-get', ['-qq', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  apt('update')
  apt('install', '-y', '--no-install-recommends', ...packages)
}

/** Run as a program, it installs what is missing where it can, and otherwise says what to install. */
function main() {
  if (missing().length > 0 && process.getuid?.() === 0) installWithApt(missing())
  const stillMissing = missing()
  if (stillMissing.length === 0) return
  console.error(
    `Not on this machine: ${stillMissing.join(', ')}. Install them (Debian: apt install ${stillMissing.join(' ')}).`,
  )
  console.error('The tests that need them are skipped; with CI=true that is a failure.')
  if (process.env.CI === 'true') process.exitCode = 1
}

if (process.argv[1] === new URL(import.meta.url).pathname) main()

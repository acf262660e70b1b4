/** Finds the system programs that the tests need; run as a program, it installs the missing ones. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The names of each program's executable, by the Debian package that contains it. */
const EXECUTABLES = {
  chromium: ['chromium', 'chromium-browser', 'google-chrome'],
  'firefox-esr': ['firefox-esr', 'firefox'],
  coturn: ['turnserver'],
}

/** Lets Chromium run as root, and keeps its own background requests off the network. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Returns the path of the program from this Debian package, or `undefined` if it is not installed. */
export function findProgram(debianPackage) {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return EXECUTABLES[debianPackage]
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find(isExecutable)
}

/**
 * Returns whether the program is installed, and warns if it is not: the caller skips its tests.
 * Throws with `CI=true`, so that a missing program fails the run.
 */
export function hasProgram(debianPackage) {
  if (findProgram(debianPackage)) return true
  const message = `${debianPackage} is not installed (Debian: apt install ${debianPackage})`
  if (process.env.CI === 'true') throw new Error(message)
  console.warn(`${message}: the tests that need it are skipped`)
  return false
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function installWithApt(packages) {
  console.log(`Installing ${packages.join(', ')} with apt-get, for the tests …`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const apt = (...args) =>
    spawnSync('apt-get', ['-qq', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] })
  apt('update')
  apt('install', '-y', '--no-install-recommends', ...packages)
}

/** Installs the packages that are missing, if it runs as root on Debian; otherwise prints what to install. */
function main(debianPackages) {
  const unknown = debianPackages.filter((name) => !(name in EXECUTABLES))
  if (unknown.length > 0) throw new Error(`unknown packages: ${unknown.join(', ')}`)
  const listMissing = () => debianPackages.filter((name) => !findProgram(name))
  if (listMissing().length > 0 && process.getuid?.() === 0) installWithApt(listMissing())
  const missing = listMissing()
  if (missing.length === 0) return
  console.error(`Not installed: ${missing.join(', ')}. On Debian: apt install ${missing.join(' ')}.`)
  console.error('The tests that need them are skipped; with CI=true this is a failure.')
  if (process.env.CI === 'true') process.exitCode = 1
}

if (process.argv[1] === new URL(import.meta.url).pathname) main(process.argv.slice(2))

/** Finds the system programs that the tests need; run as a program, it installs the missing ones. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where Debian's Python packages are. */
export const PYTHON = '/usr/bin/python3'

const WEBRTCBIN = `
import gi
gi.require_version("GstWebRTC", "1.0")
from gi.repository import Gst, GstWebRTC
Gst.init(None)
assert all(Gst.ElementFactory.find(name) for name in ["webrtcbin", "nicesrc", "sctpdec", "dtlsdec", "rtpbin"])
`

/** What the tests need, with the Debian packages that contain it: an executable, or what a Python program imports. */
const PROGRAMS = {
  chromium: { packages: ['chromium'], executables: ['chromium', 'chromium-browser', 'google-chrome'] },
  'firefox-esr': { packages: ['firefox-esr'], executables: ['firefox-esr', 'firefox'] },
  webkit: {
    packages: ['webkit2gtk-driver'],
    executables: ['WebKitWebDriver'],
  },
  xvfb: { packages: ['xvfb'], executables: ['Xvfb'] },
  coturn: { packages: ['coturn'], executables: ['turnserver'] },
  openssl: { packages: ['openssl'], executables: ['openssl'] },
  'redis-server': { packages: ['redis-server'], executables: ['redis-server'] },
  janus: { packages: ['janus'], executables: ['janus'] },
  kamailio: { packages: ['kamailio', 'kamailio-websocket-modules'], executables: ['kamailio'] },
  aiortc: { packages: ['python3-aiortc'], python: 'import aiortc' },
  webrtcbin: {
    packages: [
      'python3-gi',
      'gir1.2-gst-plugins-bad-1.0',
      'gstreamer1.0-plugins-bad',
      'gstreamer1.0-plugins-good',
      'gstreamer1.0-nice',
    ],
    python: WEBRTCBIN,
  },
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

/** Returns the path of a program, or `undefined` if it is not installed. */
export function findProgram(name) {
  const { executables = [], python } = PROGRAMS[name]
  if (python) return spawnSync(PYTHON, ['-c', python]).status === 0 ? PYTHON : undefined
  const folders = (process.env.PATH ?? '').split(delimiter)
  return executables
    .flatMap((executable) => folders.map((folder) => join(folder, executable)))
    .find(isExecutable)
}

/**
 * Returns whether a program is installed, and warns if it is not: the caller skips its tests. Throws with `CI=true`, so that
 * a missing program fails the run.
 */
export function hasProgram(name) {
  if (findProgram(name)) return true
  const message = `${name} is not installed (Debian: apt install ${PROGRAMS[name].packages.join(' ')})`
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

/** Installs what is missing, if it runs as root on Debian; otherwise prints what to install. */
function main(names) {
  const unknown = names.filter((name) => !(name in PROGRAMS))
  if (unknown.length > 0) throw new Error(`unknown programs: ${unknown.join(', ')}`)
  const missingPackages = () =>
    names.filter((name) => !findProgram(name)).flatMap((name) => PROGRAMS[name].packages)
  if (missingPackages().length > 0 && process.getuid?.() === 0) installWithApt(missingPackages())
  const missing = missingPackages()
  if (missing.length === 0) return
  console.error(`Not installed: ${missing.join(', ')}. On Debian: apt install ${missing.join(' ')}.`)
  console.error('The tests that need them are skipped; with CI=true this is a failure.')
  if (process.env.CI === 'true') process.exitCode = 1
}

if (process.argv[1] === new URL(import.meta.url).pathname) main(process.argv.slice(2))

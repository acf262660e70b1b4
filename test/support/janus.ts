/** Starts a Janus with its echotest plugin for the field tests. */
import { mkdtemp, readdir, writeFile } from 'node:fs/promises'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { freeTcpPort } from './free-tcp-port.js'
import { startServerProcess } from './server-process.js'
import { findProgram } from './system-packages.js'

const PLUGINS = 'libjanus_echotest.so'
const TRANSPORTS = 'libjanus_websockets.so'

/**
 * Returns the IPv4 address of this machine that Janus uses, which ignores the loopback interface. Firefox pairs addresses
 * of that interface with each other only, so the relay addresses of calls with Janus must be here.
 */
export function findJanusAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((entries) => entries ?? [])
  const address = addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address
  if (!address) throw new Error('Janus needs a network interface other than the loopback interface')
  return address
}

/** Starts it with a WebSocket interface on loopback. */
export async function startJanus() {
  const program = findProgram('janus')
  if (!program) throw new Error('janus is not installed (Debian: apt install janus)')
  const folder = await mkdtemp(join(tmpdir(), 'turnkeeper-janus-'))
  const port = await freeTcpPort()
  const modules = '/usr/lib/x86_64-linux-gnu/janus'
  const others = async (kind: string, needed: string) =>
    (await readdir(join(modules, kind))).filter((name) => name.endsWith('.so') && name !== needed).join()
  await writeFile(
    join(folder, 'janus.jcfg'),
    `general: {
  configs_folder = "${folder}"
  plugins_folder = "${modules}/plugins"
  transports_folder = "${modules}/transports"
  events_folder = "${folder}"
  loggers_folder = "${folder}"
}
nat: { ice_enforce_list = "${findJanusAddress()}" }
plugins: { disable = "${await others('plugins', PLUGINS)}" }
transports: { disable = "${await others('transports', TRANSPORTS)}" }
`,
  )
  await writeFile(join(folder, 'janus.plugin.echotest.jcfg'), 'general: {}\n')
  await writeFile(
    join(folder, 'janus.transport.websockets.jcfg'),
    `general: {
  ws = true
  ws_ip = "127.0.0.1"
  ws_port = ${port}
}
`,
  )
  const args = [`--configs-folder=${folder}`, `--config=${join(folder, 'janus.jcfg')}`, '--disable-colors']
  const server = await startServerProcess(program, args, { ready: /WebSockets thread started/, folder })
  return {
    url: `ws://127.0.0.1:${port}`,
    ...server,
  }
}

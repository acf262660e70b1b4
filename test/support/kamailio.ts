/** Starts a Kamailio for SIP over WebSocket for the field tests. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freeTcpPort } from './free-tcp-port.js'
import { startServerProcess } from './server-process.js'
import { findProgram } from './system-packages.js'

const CONFIGURATION = fileURLToPath(new URL('../peers/kamailio.cfg', import.meta.url))

/** Starts it on loopback, as registrar and proxy without authentication. */
export async function startKamailio() {
  const program = findProgram('kamailio')
  if (!program) throw new Error('kamailio is not installed (Debian: apt install kamailio)')
  const folder = await mkdtemp(join(tmpdir(), 'turnkeeper-kamailio-'))
  const port = await freeTcpPort()
  const args = ['-f', CONFIGURATION, '-l', `tcp:127.0.0.1:${port}`, '-Y', folder, '-DD', '-E']
  const server = await startServerProcess(program, args, { ready: /Kamailio|Listening on/, folder })
  return {
    url: `ws://127.0.0.1:${port}`,
    ...server,
  }
}

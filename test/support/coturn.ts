import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freeUdpPort } from '../../demo/free-udp-port.js'
import { findProgram } from './system-packages.js'

/** A real coturn with `use-auth-secret` on loopback. */
export interface Coturn {
  readonly url: string
  /** The secret that it shares with those who mint. */
  readonly secret: string
  /** Mints a TURN REST credential for so many seconds. */
  mint(ttlSeconds: number, user?: string): { urls: string[]; username: string; credential: string }
  /** The usernames for which an allocation was made, in the order of the log. */
  allocatedUsernames(): string[]
  stop(): Promise<void>
}

/** @param isOpen - Whether it relays to peers on loopback, which coturn does not by default. */
export async function startCoturn(isOpen = true): Promise<Coturn> {
  const secret = randomBytes(16).toString('hex')
  const port = await freeUdpPort()
  const folder = await mkdtemp(join(tmpdir(), 'turnkeeper-coturn-'))
  const options = {
    'listening-ip': '127.0.0.1',
    'listening-port': String(port),
    'relay-ip': '127.0.0.1',
    realm: 'turnkeeper.test',
    'static-auth-secret': secret,
    'log-file': 'stdout',
    pidfile: join(folder, 'pid'),
    userdb: join(folder, 'db'),
  }
  const flags = [
    'n',
    'use-auth-secret',
    ...(isOpen ? ['allow-loopback-peers'] : []),
    'no-tls',
    'no-dtls',
    'no-cli',
    'verbose',
    'simple-log',
  ]
  const args = [
    ...flags.map((flag) => (flag.length === 1 ? `-${flag}` : `--${flag}`)),
    ...Object.entries(options).map(([name, value]) => `--${name}=${value}`),
  ]
  const server = spawn(findProgram('coturn') ?? 'turnserver', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const log = collect(server)
  const url = `turn:127.0.0.1:${port}?transport=udp`
  await until(() => /listener opened on/.test(log()) || server.exitCode !== null)
  if (server.exitCode !== null) throw new Error(`coturn did not start:\n${log()}`)

  return {
    url,
    secret,
    mint(ttlSeconds, user = 'user') {
      const username = `${Math.floor(Date.now() / 1000) + ttlSeconds}:${user}`
      return {
        urls: [url],
        username,
        credential: createHmac('sha1', secret).update(username).digest('base64'),
      }
    },
    allocatedUsernames: () =>
      [...log().matchAll(/user <([^>]+)>: incoming packet ALLOCATE processed, success/g)].map(
        ([, name = '']) => name,
      ),
    async stop() {
      if (server.exitCode === null) {
        const exited = new Promise((resolve) => server.once('exit', resolve))
        server.kill()
        await exited
      }
      await rm(folder, { recursive: true })
    },
  }
}

function collect(server: ChildProcess): () => string {
  let text = ''
  const add = (chunk: Buffer) => {
    text += chunk
  }
  server.stdout?.on('data', add)
  server.stderr?.on('data', add)
  return () => text
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 20))
}

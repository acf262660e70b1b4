/** Starts a real coturn for the field tests. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freeUdpPort } from '../../demo/free-udp-port.js'
import { findProgram } from './system-packages.js'
import { until } from './wait.js'

/** A coturn on loopback with `use-auth-secret`. */
export interface Coturn {
  readonly url: string
  /** The shared secret that signs its credentials. */
  readonly secret: string
  /** Returns TURN REST credentials that are valid for this long. */
  issueCredentials(
    ttlSeconds: number,
    user?: string,
  ): { urls: string[]; username: string; credential: string }
  /** Returns the usernames for which coturn has made an allocation, in order. */
  allocatedUsernames(): string[]
  stop(): Promise<void>
}

/** What distinguishes one coturn from another. */
export interface CoturnOptions {
  /** Whether it relays to peers on loopback. coturn does not by default. */
  readonly allowsLoopbackPeers?: boolean
  /** The number of allocations that a user may have. */
  readonly userQuota?: number
  /** Separates the expiry from the user id in usernames. */
  readonly separator?: string
  /** Writes the secret into a configuration file, with double quotes and white space around it. */
  readonly quotesSecret?: boolean
}

/** Starts coturn. */
export async function startCoturn({
  allowsLoopbackPeers = true,
  userQuota,
  separator,
  quotesSecret = false,
}: CoturnOptions = {}): Promise<Coturn> {
  const program = findProgram('coturn')
  if (!program) throw new Error('coturn is not installed (Debian: apt install coturn)')
  const secret = randomBytes(16).toString('hex')
  const port = await freeUdpPort()
  const folder = await mkdtemp(join(tmpdir(), 'turnkeeper-coturn-'))
  const configPath = join(folder, 'turnserver.conf')
  if (quotesSecret) await writeFile(configPath, `static-auth-secret="${secret}" \r\n`)
  const options = {
    'listening-ip': '127.0.0.1',
    'listening-port': String(port),
    'relay-ip': '127.0.0.1',
    realm: 'turnkeeper.test',
    ...(quotesSecret ? {} : { 'static-auth-secret': secret }),
    ...(separator === undefined ? {} : { 'rest-api-separator': separator }),
    'log-file': 'stdout',
    pidfile: join(folder, 'pid'),
    userdb: join(folder, 'db'),
    ...(userQuota === undefined ? {} : { 'user-quota': String(userQuota) }),
  }
  const flags = [
    ...(quotesSecret ? [] : ['n']),
    'use-auth-secret',
    ...(allowsLoopbackPeers ? ['allow-loopback-peers'] : []),
    'no-tls',
    'no-dtls',
    'no-cli',
    'verbose',
    'simple-log',
  ]
  const args = [
    ...(quotesSecret ? ['-c', configPath] : []),
    ...flags.map((flag) => (flag.length === 1 ? `-${flag}` : `--${flag}`)),
    ...Object.entries(options).map(([name, value]) => `--${name}=${value}`),
  ]
  const server = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const log = collect(server)
  const url = `turn:127.0.0.1:${port}?transport=udp`
  await until(() => /listener opened on/.test(log()) || server.exitCode !== null)
  if (server.exitCode !== null) throw new Error(`coturn did not start:\n${log()}`)

  return {
    url,
    secret,
    issueCredentials(ttlSeconds, user = 'user') {
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

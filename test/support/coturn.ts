/** Starts a real coturn for the field tests. */
import { createHmac, randomBytes } from 'node:crypto'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freeUdpPort } from '../../demo/free-udp-port.js'
import { freeTcpPort } from './free-tcp-port.js'
import { startServerProcess } from './server-process.js'
import { findProgram } from './system-packages.js'

/** A line that coturn logs about the traffic of an allocation, at least once: when it is released. Later lines add to it. */
export interface LoggedUsage {
  readonly username: string
  /** `client`: with the headers of TURN, and its requests. `peer`: what it relayed. */
  readonly side: 'client' | 'peer'
  readonly receivedBytes: number
  readonly sentBytes: number
}

/** A coturn on loopback with `use-auth-secret`. */
export interface Coturn {
  readonly url: string
  /** The port for TLS; 0 without a certificate. */
  readonly tlsPort: number
  /** The shared secret that signs its credentials. */
  readonly secret: string
  /** Returns TURN REST credentials that are valid for this long. */
  issueCredentials(
    ttlSeconds: number,
    user?: string,
  ): { urls: string[]; username: string; credential: string }
  /** Returns the usernames for which coturn has made an allocation, in order. */
  allocatedUsernames(): string[]
  /** Returns the usernames whose allocations have been released, in order. */
  releasedUsernames(): string[]
  loggedUsage(): LoggedUsage[]
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
  /** Where its relay addresses are. @defaultValue `'127.0.0.1'` */
  readonly relayIp?: string
  /** What it reports in place of `relayIp`, as behind a NAT. */
  readonly externalIp?: string
  /** @defaultValue `'127.0.0.1'` */
  readonly listeningIp?: string
  /** Supports TLS with this certificate. */
  readonly certificate?: { readonly certPath: string; readonly keyPath: string }
  /** Redirects every allocation to this address and port. */
  readonly alternateServer?: string
}

const USAGE = /: (peer )?usage: realm=<[^>]*>, username=<([^>]+)>, rp=\d+, rb=(\d+), sp=\d+, sb=(\d+)/g

/** Starts coturn. */
export async function startCoturn({
  allowsLoopbackPeers = true,
  userQuota,
  separator,
  quotesSecret = false,
  relayIp = '127.0.0.1',
  externalIp,
  listeningIp = '127.0.0.1',
  certificate,
  alternateServer,
}: CoturnOptions = {}): Promise<Coturn> {
  const program = findProgram('coturn')
  if (!program) throw new Error('coturn is not installed (Debian: apt install coturn)')
  const secret = randomBytes(16).toString('hex')
  const port = await freeUdpPort()
  const tlsPort = certificate ? await freeTcpPort() : 0
  const folder = await mkdtemp(join(tmpdir(), 'turnkeeper-coturn-'))
  const configPath = join(folder, 'turnserver.conf')
  if (quotesSecret) await writeFile(configPath, `static-auth-secret="${secret}" \r\n`)
  const options = {
    'listening-ip': listeningIp,
    'listening-port': String(port),
    'relay-ip': relayIp,
    realm: 'turnkeeper.test',
    ...(quotesSecret ? {} : { 'static-auth-secret': secret }),
    ...(separator === undefined ? {} : { 'rest-api-separator': separator }),
    'log-file': 'stdout',
    pidfile: join(folder, 'pid'),
    userdb: join(folder, 'db'),
    ...(externalIp === undefined ? {} : { 'external-ip': `${externalIp}/${relayIp}` }),
    ...(alternateServer === undefined ? {} : { 'alternate-server': alternateServer }),
    ...(certificate && {
      'tls-listening-port': String(tlsPort),
      cert: certificate.certPath,
      pkey: certificate.keyPath,
    }),
    ...(userQuota === undefined ? {} : { 'user-quota': String(userQuota) }),
  }
  const flags = [
    ...(quotesSecret ? [] : ['n']),
    'use-auth-secret',
    ...(allowsLoopbackPeers ? ['allow-loopback-peers'] : []),
    ...(certificate ? [] : ['no-tls']),
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
  const server = await startServerProcess(program, args, { ready: /listener opened on/, folder })
  const host = listeningIp.includes(':') ? `[${listeningIp}]` : listeningIp
  const url = `turn:${host}:${port}?transport=udp`

  const usernamesIn = (pattern: RegExp) => [...server.log().matchAll(pattern)].map(([, name = '']) => name)

  return {
    url,
    tlsPort,
    secret,
    issueCredentials(ttlSeconds, user = 'user') {
      const username = `${Math.floor(Date.now() / 1000) + ttlSeconds}:${user}`
      return {
        urls: [url],
        username,
        credential: createHmac('sha1', secret).update(username).digest('base64'),
      }
    },
    allocatedUsernames: () => usernamesIn(/user <([^>]+)>: incoming packet ALLOCATE processed, success/g),
    releasedUsernames: () => usernamesIn(/delete: realm=<[^>]*>, username=<([^>]+)>/g),
    loggedUsage: () =>
      [...server.log().matchAll(USAGE)].map(([, peer, username = '', receivedBytes, sentBytes]) => ({
        username,
        side: peer ? 'peer' : 'client',
        receivedBytes: Number(receivedBytes),
        sentBytes: Number(sentBytes),
      })),
    stop: server.stop,
  }
}

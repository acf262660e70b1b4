import { mkdtemp } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServerProcess } from './server-process.js'
import { findProgram } from './system-packages.js'

/** A connection to Redis. */
export interface RedisClient {
  /** Sends a command. Rejects with the error of Redis, or if the connection closes. */
  send(...words: (string | number)[]): Promise<unknown>
  close(): void
}

/** A Redis on a socket in a folder of its own. */
export interface Redis {
  /** Of its Unix domain socket. */
  readonly socketPath: string
  connect(): RedisClient
  stop(): Promise<void>
}

export async function startRedis(): Promise<Redis> {
  const program = findProgram('redis-server')
  if (!program) throw new Error('redis-server is not installed (Debian: apt install redis-server)')
  const folder = await mkdtemp(join(tmpdir(), 'turnkeeper-redis-'))
  const socketPath = join(folder, 'redis.sock')
  const args = ['--port', '0', '--unixsocket', socketPath, '--save', '', '--dir', folder]
  const server = await startServerProcess(program, args, { ready: /ready to accept connections/, folder })
  return { socketPath, connect: () => connect(socketPath), stop: server.stop }
}

function connect(socketPath: string): RedisClient {
  const socket = createConnection(socketPath)
  const waiting: { resolve: (reply: unknown) => void; reject: (error: Error) => void }[] = []
  let received = ''
  socket.setEncoding('latin1').on('data', (chunk) => {
    received += chunk
    for (let reply = parseReply(received, 0); reply; reply = parseReply(received, 0)) {
      received = received.slice(reply.end)
      const { resolve, reject } = waiting.shift() ?? {}
      if (reply.value instanceof Error) reject?.(reply.value)
      else resolve?.(reply.value)
    }
  })
  socket.on('error', () => {}) // `close` follows
  socket.on('close', () => {
    for (const { reject } of waiting.splice(0)) reject(new Error('the connection to Redis closed'))
  })
  return {
    send: (...words) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(new Error('the connection to Redis closed'))
        waiting.push({ resolve, reject })
        const parts = words.map((word) => `$${Buffer.byteLength(`${word}`)}\r\n${word}\r\n`)
        socket.write(`*${words.length}\r\n${parts.join('')}`)
      }),
    close: () => socket.destroy(),
  }
}

/** Returns the first reply of a text and where it ends; `undefined` if it is not complete. */
function parseReply(text: string, start: number): { value: unknown; end: number } | undefined {
  const lineEnd = text.indexOf('\r\n', start)
  if (lineEnd < 0) return undefined
  const line = text.slice(start + 1, lineEnd)
  const end = lineEnd + 2
  switch (text[start]) {
    case ':':
      return { value: Number(line), end }
    case '-':
      return { value: new Error(line), end }
    case '*':
      return parseArray(text, Number(line), end)
    case '$': {
      const bulkEnd = end + Number(line)
      if (bulkEnd < end) return { value: null, end }
      return text.length < bulkEnd + 2 ? undefined : { value: text.slice(end, bulkEnd), end: bulkEnd + 2 }
    }
    default:
      return { value: line, end }
  }
}

function parseArray(text: string, length: number, start: number) {
  const value: unknown[] = []
  let end = start
  for (let index = 0; index < length; index++) {
    const reply = parseReply(text, end)
    if (!reply) return undefined
    value.push(reply.value)
    end = reply.end
  }
  return { value, end }
}

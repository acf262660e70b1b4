/** Emulates Cloudflare's TURN API and its API for TURN keys. */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export const KEY_ID = 'c0ffee00c0ffee00c0ffee00c0ffee00'
export const KEY_SECRET = 'key-secret-0123456789abcdef'
export const ACCOUNT_ID = 'acc0000000000000000000000000000a'
export const API_TOKEN = 'api-token-0123456789abcdef'

/** Returns new credentials of a TURN server. */
type IssueCredentials = (ttlSeconds: number) => { urls: string[]; username: string; credential: string }

/** How the emulator behaves. Can be changed at any time. */
export interface Behaviour {
  /** What `generate-ice-servers` returns: two entries, as it does today, or the one mixed entry of early 2025. */
  arrayShape: 'two entries' | 'mixed entry'
  /** Which of the two forms of revocation is unknown, and the status of the response to it. */
  unknownRevocation: 'body' | 'path' | undefined
  unknownStatus: 404 | 405
  /** The member that contains the secret of a new key. */
  secretName: 'key' | 'secret' | undefined
  /** Injected faults: each responds to one request, in order. */
  faults: ((response: ServerResponse) => void)[]
}

/** A request that the emulator received. */
export interface SeenCall {
  readonly call: string
  readonly body: Record<string, unknown> | undefined
  readonly authorization: string | undefined
}

export const STUN = 'stun:stun.cloudflare.com:3478'
export const URLS = [
  'turn:turn.cloudflare.com:3478?transport=udp',
  'turn:turn.cloudflare.com:53?transport=udp',
  'turns:turn.cloudflare.com:5349?transport=tcp',
]

const issueFakeCredentials: IssueCredentials = (ttl) => ({
  urls: URLS,
  username: `${Math.floor(Date.now() / 1000) + ttl}:user`,
  credential: 'issued-credential',
})

/** Starts both APIs on loopback. They behave as Cloudflare's documentation describes. */
export async function startCloudflareEmulator(issueCredentials: IssueCredentials = issueFakeCredentials) {
  const behaviour: Behaviour = {
    arrayShape: 'two entries',
    unknownRevocation: undefined,
    unknownStatus: 404,
    secretName: 'key',
    faults: [],
  }
  const calls: SeenCall[] = []
  const revoked: string[] = []
  const keys = new Map<string, { uid: string; name: string; created: string; modified: string }>()

  const respondToTurn = (
    path: string,
    body: Record<string, unknown> | undefined,
  ): [status: number, body?: unknown] => {
    const { ttl } = body ?? {}
    if (path === '/generate' || path === '/generate-ice-servers') {
      if (typeof ttl !== 'number' || ttl < 1 || ttl > 172_800)
        return [400, { errorCode: 'bad_ttl', errorDescription: 'ttl' }]
      const { urls, ...credentials } = issueCredentials(ttl)
      if (path === '/generate') return [201, { iceServers: { urls: [STUN, ...urls], ...credentials } }]
      const mixed = [{ urls: [STUN, ...urls], ...credentials }]
      return [
        201,
        {
          iceServers:
            behaviour.arrayShape === 'mixed entry' ? mixed : [{ urls: [STUN] }, { urls, ...credentials }],
        },
      ]
    }
    const usernameInPath = /^\/([^/]+)\/revoke$/.exec(path)?.[1]
    const form = path === '/revoke' ? 'body' : 'path'
    if ((path !== '/revoke' && !usernameInPath) || form === behaviour.unknownRevocation)
      return [behaviour.unknownStatus, {}]
    revoked.push(usernameInPath ? decodeURIComponent(usernameInPath) : String(body?.username))
    return [204]
  }

  const respondToKeys = (
    method: string,
    id: string | undefined,
    body: Record<string, unknown> | undefined,
  ): [number, unknown] => {
    const success = (status: number, result: unknown): [number, unknown] => [
      status,
      { success: true, errors: [], messages: [], result },
    ]
    const key = keys.get(id ?? '')
    if (id && !key) {
      return [
        404,
        { success: false, errors: [{ code: 20008, message: 'unknown key' }], messages: [], result: null },
      ]
    }
    const now = new Date().toISOString()
    if (method === 'POST') {
      const created = {
        uid: randomBytes(16).toString('hex'),
        name: String(body?.name),
        created: now,
        modified: now,
      }
      keys.set(created.uid, created)
      return success(201, {
        ...created,
        ...(behaviour.secretName && { [behaviour.secretName]: 'created-secret' }),
      })
    }
    if (!key) return success(200, [...keys.values()])
    if (method === 'PUT') keys.set(key.uid, { ...key, name: String(body?.name), modified: now })
    if (method === 'DELETE') keys.delete(key.uid)
    return success(200, method === 'DELETE' ? key : keys.get(key.uid))
  }

  const route = (
    method: string,
    url: string,
    authorization: string | undefined,
    body: Record<string, unknown> | undefined,
  ) => {
    const turnPath = /^\/v1\/turn\/keys\/([^/]+)\/credentials(\/.*)$/.exec(url)
    if (turnPath) {
      if (turnPath[1] !== KEY_ID) return [404, {}] as const
      if (authorization !== `Bearer ${KEY_SECRET}`)
        return [401, { errors: [{ code: 1000, message: `bad token ${authorization}` }] }] as const
      return respondToTurn(turnPath[2] ?? '', body)
    }
    const keysPath = new RegExp(`^/client/v4/accounts/${ACCOUNT_ID}/calls/turn_keys(?:/([^/]+))?$`).exec(url)
    if (!keysPath) return [404, { success: false, errors: [{ code: 7003, message: 'no route' }] }] as const
    if (authorization !== `Bearer ${API_TOKEN}`) {
      return [403, { success: false, errors: [{ code: 10000, message: 'Authentication error' }] }] as const
    }
    return respondToKeys(method, keysPath[1], body)
  }

  const server = createServer(async (request: IncomingMessage, response) => {
    const { method = '', url = '', headers } = request
    const bodyText = await text(request)
    const body = bodyText === '' ? undefined : JSON.parse(bodyText)
    calls.push({ call: `${method} ${url}`, body, authorization: headers.authorization })
    const fault = behaviour.faults.shift()
    if (fault) return fault(response)
    const [status, responseBody] = route(method, url, headers.authorization, body)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(responseBody === undefined ? undefined : JSON.stringify(responseBody))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    turnUrl: `${origin}/v1`,
    apiUrl: `${origin}/client/v4`,
    behaviour,
    calls,
    revoked,
    keys,
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

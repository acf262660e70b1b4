/** Extracts the servers of a response in any of the shapes that TURN providers use. */
import { IceServerError, isIceServerError } from '../errors.js'
import { isRecord } from '../type-guards.js'
import { type AfterExpiry, readAfterExpiry } from './after-expiry.js'
import { pickExpiryFields } from './expiry.js'

type JsonRecord = Readonly<Record<string, unknown>>

/** The content of a response, independent of its shape. */
export interface ExtractedServers {
  /** One entry a server, with the members of `RTCIceServer`; the values are not validated yet. */
  readonly servers: readonly unknown[]
  /** The members that can contain the lifetime, one object for each of the response: outermost first, servers last. */
  readonly expiryFields: readonly JsonRecord[]
  /** What the TURN server does when the credentials expire, if the response says so. */
  readonly afterExpiry: AfterExpiry | undefined
}

interface ResponseShape {
  /** The response has this shape if it has one of these members. */
  readonly members: readonly string[]
  /** Returns the server or the list of servers; `undefined` if there is none. */
  readonly read: (body: JsonRecord) => unknown
}

/** In order: the first shape that matches is used, so the more specific members come first. */
const SHAPES: readonly ResponseShape[] = [
  // Cloudflare: one object from /generate, a list from /generate-ice-servers.
  { members: ['iceServers'], read: (body) => body.iceServers },
  // Twilio, GetStream, 100ms.
  { members: ['ice_servers'], read: (body) => body.ice_servers },
  // AWS Kinesis Video.
  { members: ['IceServerList'], read: (body) => body.IceServerList },
  // draft-uberti-behave-turn-rest-00 §2.2, Matrix, Amazon Chime; or a single RTCIceServer.
  { members: ['uris', 'urls', 'url'], read: (body) => body },
  // Xirsys. In an error, v is the reason.
  { members: ['v'], read: ({ v }) => (isRecord(v) ? v.iceServers : undefined) },
  // Errors of Metered and many others.
  { members: ['error', 'errors', 'message', 'errorCode'], read: () => undefined },
]

/**
 * Extracts the servers of a response, whichever provider's shape it has.
 *
 * @throws {@link IceServerError} `ERR_RESPONSE` if the shape is unknown or the list of servers is empty.
 */
export function extractServers(body: unknown): ExtractedServers {
  try {
    return copyServers(body)
  } catch (error) {
    if (isIceServerError(error)) throw error
    // A getter or a proxy threw. The error could contain anything, so it is not repeated.
    throw responseError('the response is not readable')
  }
}

/** Copies every value once: a getter or proxy could return something else on a second read. */
function copyServers(body: unknown): ExtractedServers {
  const found = findServers(body)
  if (found === undefined) throw responseError(`expected iceServers, got ${describeShape(body)}`)
  const entries = [found ?? []].flat()
  if (entries.length === 0) throw responseError('the list of ICE servers in the response is empty')
  const containers = [body, isRecord(body) ? body.v : undefined, ...entries]
  return {
    servers: entries.map(toIceServer),
    expiryFields: containers.filter(isRecord).map(pickExpiryFields),
    afterExpiry: readAfterExpiry(body),
  }
}

/** Returns `undefined` for an error response, and for that of Matrix without a TURN server: an empty object. */
function findServers(body: unknown): unknown {
  if (Array.isArray(body)) return body
  if (isRecord(body)) {
    const shape = SHAPES.find(({ members }) => members.some((name) => name in body))
    if (shape) return shape.read(body)
    if (Object.keys(body).length === 0) return undefined
  }
  const parse = isRecord(body) && 'data' in body ? 'parse: (body) => body.data' : 'option parse'
  throw responseError(`expected iceServers, got ${describeShape(body)}: convert it (in a provider: ${parse})`)
}

/** Copies the members of a server under the names of `RTCIceServer`. Returns anything but an object unchanged. */
function toIceServer(entry: unknown): unknown {
  if (!isRecord(entry)) return entry
  const urls = entry.urls ?? entry.url ?? entry.uris ?? entry.Uris
  const server = {
    urls: Array.isArray(urls) ? [...urls] : urls,
    username: entry.username ?? entry.Username,
    credential: entry.credential ?? entry.password ?? entry.Password,
  }
  return Object.fromEntries(Object.entries(server).filter(([, value]) => (value ?? null) !== null))
}

/** Describes a response by its type and the names of its members. Contains no value. */
function describeShape(body: unknown): string {
  if (body === null) return 'null'
  if (!isRecord(body)) return typeof body
  const names = Object.keys(body)
  const quoted = names.map((name) => `"${name}"`).join(', ')
  return `an object with ${names.length === 1 ? 'the key' : 'the keys'} ${quoted.slice(0, 200) || '(none)'}`
}

function responseError(message: string): IceServerError {
  return new IceServerError('ERR_RESPONSE', message)
}

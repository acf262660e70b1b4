import { IceServerError, isIceServerError } from '../errors.js'

type Members = Readonly<Record<string, unknown>>

/** What an answer holds, whoever's shape it has. */
export interface ExtractedServers {
  /** One entry a server, with the members of `RTCIceServer`; their values are not checked yet. */
  readonly servers: readonly unknown[]
  /** The objects of the answer that may say how long it lasts: the outermost first, the servers last. */
  readonly expiryFields: readonly Members[]
}

interface ResponseShape {
  /** The answer has this shape if it has one of these members. */
  readonly members: readonly string[]
  /** The server or the list of servers; nothing if there is none. */
  readonly read: (body: Members) => unknown
}

/** Ordered: the first shape that matches reads the answer, so the more telling members come first. */
const SHAPES: readonly ResponseShape[] = [
  // Cloudflare: one object from /generate, a list from /generate-ice-servers.
  { members: ['iceServers'], read: (body) => body.iceServers },
  // Twilio, GetStream, 100ms.
  { members: ['ice_servers'], read: (body) => body.ice_servers },
  // AWS Kinesis Video.
  { members: ['IceServerList'], read: (body) => body.IceServerList },
  // draft-uberti-behave-turn-rest-00 §2.2, Matrix, Amazon Chime; or a single RTCIceServer.
  { members: ['uris', 'urls', 'url'], read: (body) => body },
  // Xirsys. When it refuses, v is the reason.
  { members: ['v'], read: ({ v }) => (isRecord(v) ? v.iceServers : undefined) },
  // Metered and many others, when they refuse.
  { members: ['error', 'errors', 'message', 'errorCode'], read: () => undefined },
]

/**
 * Finds the servers in a backend's answer, whichever provider's shape it has.
 *
 * @throws {@link IceServerError} `ERR_RESPONSE` if the shape is unknown, or known and without a server.
 */
export function extractServers(body: unknown): ExtractedServers {
  try {
    return copyServers(body)
  } catch (error) {
    if (isIceServerError(error)) throw error
    // A getter or a proxy threw; whatever it threw may hold anything, so it is not repeated.
    throw new IceServerError('ERR_RESPONSE', 'the answer is not readable')
  }
}

/** What is read twice may be two different things, so that all is copied here and nothing else sees the answer. */
function copyServers(body: unknown): ExtractedServers {
  const entries = [findServers(body) ?? []].flat()
  if (entries.length === 0) {
    throw new IceServerError('ERR_RESPONSE', `the answer holds no ICE server: ${seen(body)}`)
  }
  const expiryFields = [body, (body as Members).v, ...entries]
  return {
    servers: entries.map(toIceServer),
    expiryFields: expiryFields.filter(isRecord).map((carrier) => ({ ...carrier })),
  }
}

function findServers(body: unknown): unknown {
  if (Array.isArray(body)) return body
  if (isRecord(body)) {
    const shape = SHAPES.find(({ members }) => members.some((name) => name in body))
    if (shape) return shape.read(body)
    if (Object.keys(body).length === 0) return undefined // Matrix without a TURN server
  }
  throw new IceServerError(
    'ERR_RESPONSE',
    `the answer has no known shape: ${seen(body)}; give a parse function`,
  )
}

/** Copies what makes up a server, under the names that a browser knows. What is not an object stays as it is. */
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

function isRecord(value: unknown): value is Members {
  return Object(value) === value && !Array.isArray(value)
}

/** Describes an answer by its kind and the names of its members, never by a value. */
function seen(body: unknown): string {
  if (!isRecord(body)) return Array.isArray(body) ? 'an empty list' : typeof body
  const names = Object.keys(body).join(', ').slice(0, 200)
  return `an object with ${names || 'no members'}`
}

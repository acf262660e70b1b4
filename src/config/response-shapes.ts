/** Extracts the servers of a response in any of the shapes that TURN providers use. */
import { IceServerError, isIceServerError } from '../errors.js'
import { isRecord } from '../type-guards.js'
import { type AfterExpiry, readAfterExpiry } from './after-expiry.js'
import { type ExpiryField, pickExpiryFields } from './expiry-fields.js'
import { hasMember, readMember } from './member-names.js'

type JsonRecord = Readonly<Record<string, unknown>>

/** The content of a response, independent of its shape. */
export interface ExtractedServers {
  /**
   * One entry a server, with the members of `RTCIceServer`; the values are not validated yet. Empty if the response is
   * deliberately without servers.
   */
  readonly servers: readonly unknown[]
  /** The members that can contain the lifetime: those of the outermost object first, those of the servers last. */
  readonly expiryFields: readonly ExpiryField[]
  /** What the TURN server does when the credentials expire, if the response says so. */
  readonly afterExpiry: AfterExpiry | undefined
}

/** Servers of a response, and the objects that contain them: outermost first. */
interface FoundServers {
  readonly servers: unknown
  readonly containers: readonly JsonRecord[]
}

/** Names of lists: Cloudflare (also one object), Twilio, GetStream, 100ms, Azure; AWS Kinesis Video. */
const LIST_NAMES = ['iceServers', 'IceServerList']

/** Names of the URLs of a server; draft-uberti-behave-turn-rest-00 §2.2, Matrix and Amazon Chime call them `uris`. */
const URL_NAMES = ['urls', 'url', 'uris', 'uri']

/** Members of error responses: of Xirsys, where `v` is the reason, Metered, and many others. */
const ERROR_NAMES = ['v', 'error', 'errors', 'message', 'errorCode']

/** How many envelopes there can be around the servers. */
const MAX_ENVELOPES = 2

/**
 * Extracts the servers of a response, whichever provider's shape it has.
 *
 * @throws {@link IceServerError} `ERR_RESPONSE` if the shape is unknown, or if the list is `null`.
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
  if (!found) throw unknownShapeError(body)
  const { servers, containers } = found
  if (servers === undefined) {
    throw responseError('the list of ICE servers in the response is null: return [] if there are none')
  }
  const entries = [servers].flat()
  const records = [...new Set([...containers, ...entries.filter(isRecord)])] // a single server is both
  return {
    servers: entries.map(toIceServer),
    expiryFields: records.flatMap(pickExpiryFields),
    afterExpiry: containers.map(readAfterExpiry).find((value) => value !== undefined),
  }
}

/** Returns `undefined` for an unknown shape. */
function findServers(body: unknown): FoundServers | undefined {
  if (Array.isArray(body)) return { servers: body, containers: [] }
  if (!isRecord(body)) return undefined
  const isSingleServer = !hasMember(body, ...LIST_NAMES) && hasMember(body, ...URL_NAMES)
  return isSingleServer ? { servers: body, containers: [body] } : findInRecord(body, MAX_ENVELOPES)
}

/** Returns the list of a record, or what the only member contains that contains servers, such as `data`. */
function findInRecord(record: JsonRecord, maxEnvelopes: number): FoundServers | undefined {
  const containers = [record]
  if (hasMember(record, ...LIST_NAMES)) return { servers: readMember(record, ...LIST_NAMES), containers }
  if (maxEnvelopes === 0 || record.success === false) return undefined
  const found = Object.keys(record).flatMap((name) => findInMember(record[name], maxEnvelopes) ?? [])
  const [only] = found
  return only && found.length === 1 ? { ...only, containers: [record, ...only.containers] } : undefined
}

function findInMember(value: unknown, maxEnvelopes: number): FoundServers | undefined {
  if (Array.isArray(value)) return value.some(isServer) ? { servers: value, containers: [] } : undefined
  if (!isRecord(value) || typeof value === 'function') return undefined
  return isServer(value) ? { servers: value, containers: [value] } : findInRecord(value, maxEnvelopes - 1)
}

/** Whether a value contains a STUN or TURN URL. The `url` of an envelope can be that of a request. */
function isServer(value: unknown): boolean {
  const [url] = isRecord(value) ? [readMember(value, ...URL_NAMES)].flat() : []
  return typeof url === 'string' && /^\s*(?:stun|turn)s?:/i.test(url)
}

/**
 * Copies the members of a server under the names of `RTCIceServer`. Numbers become text, as in a browser (WebIDL). Returns
 * anything but an object unchanged.
 */
function toIceServer(entry: unknown): unknown {
  if (!isRecord(entry)) return entry
  const urls = readMember(entry, ...URL_NAMES)
  const server = {
    urls: Array.isArray(urls) ? [...urls] : urls,
    username: numberToText(readMember(entry, 'username')),
    credential: numberToText(readMember(entry, 'credential', 'password')),
    credentialType: toLowerCase(readMember(entry, 'credentialType')),
  }
  return Object.fromEntries(Object.entries(server).filter(([, value]) => value !== undefined))
}

/** C# and Java write the names of constants in capitals. */
function toLowerCase(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value
}

function numberToText(value: unknown): unknown {
  return typeof value === 'number' ? String(value) : value
}

function unknownShapeError(body: unknown): IceServerError {
  const message = `expected iceServers, got ${describeShape(body)}`
  if (isRecord(body)) {
    const names = Object.keys(body)
    const hasContent = names.some((name) => isRecord(body[name]))
    // An error response has nothing to convert, and neither has that of Matrix without a TURN server: an empty object.
    if (names.length === 0 || (hasMember(body, ...ERROR_NAMES) && !hasContent)) return responseError(message)
  }
  const parse = isRecord(body) && 'data' in body ? 'parse: (body) => body.data' : 'option parse'
  return responseError(`${message}: convert it (in a provider: ${parse})`)
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

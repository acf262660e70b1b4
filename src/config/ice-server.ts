import { type IceUrl, isTurnScheme, parseIceUrl } from './ice-url.js'

/**
 * One STUN or TURN server, as an `RTCPeerConnection` takes it (W3C webrtc-pc, `RTCIceServer`).
 * Declared here so that the package needs no DOM types.
 */
export interface RTCIceServer {
  /** One URL or several: STUN (RFC 7064) or TURN (RFC 7065). */
  urls: string | string[]
  /** Needed with a TURN URL; at most 509 bytes of UTF-8. */
  username?: string
  /** The password. Needed with a TURN URL. */
  credential?: string
  /** Left the specification in 2022. Only `password` was ever supported. */
  credentialType?: 'password'
}

/** RFC 8489 §14.3: a USERNAME has fewer than 509 bytes; browsers accept 509 and refuse 510. */
const MAX_USERNAME_BYTES = 509

/** Of URLs, before the rest of them is left unread. */
const MAX_PROBLEMS = 100

/**
 * Tells whether a browser accepts the value as an ICE server, so that no `RTCPeerConnection` throws on it.
 * Strict and whole: every URL is parsed, nothing is coerced, unknown members are ignored. Never throws.
 *
 * @example
 * ```ts
 * const body: unknown = await response.json()
 * if (validateRTCIceServer(body)) new RTCPeerConnection({ iceServers: [body] })
 * ```
 */
export function validateRTCIceServer(obj: unknown): obj is RTCIceServer {
  return explainRTCIceServer(obj).length === 0
}

/**
 * Lists what keeps a value from being an ICE server: the member, a colon, the fault. Empty if it is one.
 * After 100 faulty URLs the rest is not looked at. Credentials are never part of a problem. Never throws.
 *
 * @example
 * ```ts
 * explainRTCIceServer({ urls: ['turn:turn.example.org', 'turn:turn.example.org:0'] })
 * // [
 * //   'urls[1]: the port is not a number from 1 to 65535',
 * //   'username: a TURN server needs one',
 * //   'credential: a TURN server needs one',
 * // ]
 * ```
 */
export function explainRTCIceServer(obj: unknown): string[] {
  return validateServer(obj).problems
}

/** What there is to say of a value that should be an ICE server. */
export interface IceServerValidation {
  /** As {@link explainRTCIceServer} lists them. */
  readonly problems: string[]
  /** The valid ones. */
  readonly urls: IceUrl[]
}

/** Looks a value over once, for its faults and its URLs. Never throws. */
export function validateServer(obj: unknown): IceServerValidation {
  try {
    if (Object(obj) === obj) return validateMembers(obj as Record<string, unknown>)
  } catch {
    // A getter or a proxy threw; whatever it threw may hold anything, so it is not repeated.
  }
  return { problems: ['it is not a readable object'], urls: [] }
}

function validateMembers(members: Record<string, unknown>): IceServerValidation {
  const { username, credential, credentialType } = members
  const { problems, urls } = validateUrls(members.urls)
  const needsCredentials = urls.some(({ scheme }) => isTurnScheme(scheme))
  for (const [name, value] of Object.entries({ username, credential })) {
    if (value !== undefined && typeof value !== 'string') problems.push(`${name}: is not a string`)
    else if (needsCredentials && !value) problems.push(`${name}: a TURN server needs one`)
  }
  if (needsCredentials && new TextEncoder().encode(String(username)).length > MAX_USERNAME_BYTES) {
    problems.push(`username: is longer than ${MAX_USERNAME_BYTES} bytes`)
  }
  if (credentialType !== undefined && credentialType !== 'password')
    problems.push('credentialType: is not password')
  return { problems, urls }
}

function validateUrls(given: unknown): IceServerValidation {
  const problems: string[] = []
  const urls: IceUrl[] = []
  const inspect = (path: string, href: unknown) => {
    const parsed = typeof href === 'string' ? parseIceUrl(href) : undefined
    if (parsed?.ok) urls.push(parsed.url)
    else problems.push(`${path}: ${parsed?.reason ?? 'is not a string'}`)
  }
  if (!Array.isArray(given)) inspect('urls', given)
  else if (given.length === 0) problems.push('urls: is an empty list')
  else
    for (let i = 0; i < given.length && problems.length < MAX_PROBLEMS; i++) inspect(`urls[${i}]`, given[i])
  return { problems, urls }
}

/** Tells whether two lists of servers mean the same. Browsers give back absent credentials as empty strings. */
export function areSameServers(one: readonly RTCIceServer[], other: readonly RTCIceServer[]): boolean {
  return serializeServers(one) === serializeServers(other)
}

function serializeServers(servers: readonly RTCIceServer[]): string {
  return JSON.stringify(
    servers.map(({ urls, username, credential }) => [[urls].flat(), username ?? '', credential ?? '']),
  )
}

/** Validates ICE servers exactly like browsers do. */
import { isObject } from '../type-guards.js'
import { type IceUrl, isTurnScheme, parseIceUrl } from './ice-url.js'

/**
 * A STUN or TURN server in the form that `RTCPeerConnection` accepts (W3C webrtc-pc, `RTCIceServer`).
 * Declared here so that the package needs no DOM types.
 * @group Validation and configuration
 */
export interface RTCIceServer {
  /** One URL or several: STUN (RFC 7064) or TURN (RFC 7065). */
  urls: string | string[]
  /** Required for TURN URLs; at most 509 bytes of UTF-8. */
  username?: string
  /** The password. Required for TURN URLs. */
  credential?: string
  /** Removed from the specification in 2022. Browsers only ever supported `password`. */
  credentialType?: 'password'
}

/** RFC 8489 §14.3 allows fewer than 509 bytes; browsers accept 509 and reject 510. */
const MAX_USERNAME_BYTES = 509

/** The validation of URLs stops after this many problems. */
const MAX_PROBLEMS = 100

/** Why a value is not a valid ICE server. */
export interface IceServerProblem {
  /** The member, such as `urls[1]`; empty for the server itself. */
  readonly path: string
  /** Never contains a username or a credential. */
  readonly reason: string
}

/** Result of {@link validateServer}. */
export interface IceServerValidation {
  /** Empty if the server is valid. */
  readonly problems: readonly IceServerProblem[]
  /** The valid URLs. */
  readonly urls: readonly IceUrl[]
  /** Whether the server is valid with these URLs alone. */
  readonly isUsable: boolean
}

/**
 * Returns whether browsers accept the value as an ICE server, so that `new RTCPeerConnection` does not throw.
 * Every URL is parsed, no value is coerced, unknown members are ignored. Never throws.
 *
 * @example
 * ```ts
 * const body: unknown = await response.json()
 * if (validateRTCIceServer(body)) new RTCPeerConnection({ iceServers: [body] })
 * ```
 * @group Validation and configuration
 */
export function validateRTCIceServer(value: unknown): value is RTCIceServer {
  return validateServer(value).problems.length === 0
}

/**
 * Returns why a value is not a valid ICE server: each string is the member, a colon and the reason. Empty if the
 * value is valid. Stops after 100 invalid URLs. Never contains a username or a credential. Never throws.
 *
 * @example
 * ```ts
 * explainRTCIceServer({ urls: ['turn:turn.example.org', 'turn:turn.example.org:0'] })
 * // [
 * //   'urls[1]: the port must be a number from 1 to 65535',
 * //   'username: required for TURN URLs',
 * //   'credential: required for TURN URLs',
 * // ]
 * ```
 * @group Validation and configuration
 */
export function explainRTCIceServer(value: unknown): string[] {
  return validateServer(value).problems.map(formatProblem)
}

/** Returns the problem as one string. */
export function formatProblem({ path, reason }: IceServerProblem): string {
  return path ? `${path}: ${reason}` : reason
}

/** Validates a value and parses its URLs, in one pass. Never throws. */
export function validateServer(value: unknown): IceServerValidation {
  if (!isObject(value)) return invalid('', 'must be an object')
  try {
    return validateMembers(value)
  } catch {
    // A getter or a proxy threw. The error could contain anything, so it is not repeated.
    return invalid('', 'must be a readable object')
  }
}

function validateMembers(server: Readonly<Record<string, unknown>>): IceServerValidation {
  const { username, credential, credentialType } = server
  const { problems, urls } = validateUrls(server.urls)
  const needsCredentials = urls.some(({ scheme }) => isTurnScheme(scheme))
  const memberProblems: IceServerProblem[] = []
  for (const [path, value] of Object.entries({ username, credential })) {
    if (value !== undefined && typeof value !== 'string')
      memberProblems.push({ path, reason: 'must be a string' })
    else if (needsCredentials && !value) memberProblems.push({ path, reason: 'required for TURN URLs' })
  }
  if (needsCredentials && utf8Length(String(username)) > MAX_USERNAME_BYTES) {
    memberProblems.push({ path: 'username', reason: `must not be longer than ${MAX_USERNAME_BYTES} bytes` })
  }
  if (credentialType !== undefined && credentialType !== 'password') {
    memberProblems.push({ path: 'credentialType', reason: "must be 'password'" })
  }
  const isUsable = urls.length > 0 && memberProblems.length === 0
  return { problems: [...problems, ...memberProblems], urls, isUsable }
}

function validateUrls(value: unknown): Omit<IceServerValidation, 'isUsable'> {
  if (typeof value === 'string') return validateUrlList([value], () => 'urls')
  if (!Array.isArray(value)) return invalid('urls', 'must be a string or an array of strings')
  if (value.length === 0) return invalid('urls', 'must not be empty')
  return validateUrlList(value, (index) => `urls[${index}]`)
}

function validateUrlList(
  values: readonly unknown[],
  pathOf: (index: number) => string,
): Omit<IceServerValidation, 'isUsable'> {
  const problems: IceServerProblem[] = []
  const urls: IceUrl[] = []
  for (let index = 0; index < values.length && problems.length < MAX_PROBLEMS; index++) {
    const value = values[index]
    const parsed = typeof value === 'string' ? parseIceUrl(value) : undefined
    if (parsed?.ok) urls.push(parsed.url)
    else problems.push({ path: pathOf(index), reason: parsed?.reason ?? 'must be a string' })
  }
  return { problems, urls }
}

function invalid(path: string, reason: string): IceServerValidation {
  return { problems: [{ path, reason }], urls: [], isUsable: false }
}

/** Returns the number of UTF-8 bytes, also without `TextEncoder`, which React Native and jsdom lack. */
function utf8Length(text: string): number {
  let length = 0
  for (const character of text) {
    const codePoint = character.codePointAt(0) ?? 0
    length += codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x1_0000 ? 3 : 4
  }
  return length
}

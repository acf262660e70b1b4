/** Issues TURN REST credentials, which a TURN server verifies with a shared secret. */
import { type AfterExpiry, isAfterExpiry } from '../config/after-expiry.js'
import { formatProblem, validateServer } from '../config/ice-server.js'
import { selectServers } from '../config/select-servers.js'
import { assertKnownOptions, assertOption } from '../option-checks.js'
import { setCheckedIssuer } from './checked-issuers.js'
import type { IceServersResponse } from './ice-servers-response.js'
import { requireSecret } from './secrets.js'
import { createSign } from './sign.js'
import { describeSetting, requireTtl } from './validate.js'
import { whenReady } from './when-ready.js'

/** Options of {@link createTurnRestCredentials}. @expand @group Server: TURN REST */
export interface TurnRestOptions {
  /** The secret shared with the TURN server (coturn: `static-auth-secret`). Of several, the first one signs. */
  secret: string | readonly string[]
  /** URLs of the TURN server, and of STUN servers if there are any. They become one entry. */
  urls: string | readonly string[]
  /** Lifetime in seconds, from 1 to 172 800 (48 hours). @defaultValue 3600 */
  ttl?: number
  /** Separates the expiry from the user id (coturn: `rest-api-separator`). @defaultValue `':'` */
  separator?: string
  /**
   * What the TURN server does with live allocations when their credentials expire: coturn keeps them, so that clients need
   * no ICE restarts; pion and eturnal with `strict_expiry` drop them. @defaultValue not part of the response
   */
  afterExpiry?: AfterExpiry
  /** For tests: returns the time in epoch ms. @defaultValue `Date.now` @internal */
  now?: () => number
}

/** Issues credentials that a TURN server verifies with a shared secret. @group Server: TURN REST */
export interface TurnRestCredentials {
  /**
   * Issues credentials. Makes no request: in a page of Next.js, call `await connection()` before it, so that the page is not prerendered.
   *
   * @throws RangeError for an invalid ttl; TypeError for a user id that cannot be encoded.
   */
  generateCredentials(options?: {
    userId?: string | undefined
    ttl?: number | undefined
  }): Promise<IceServersResponse>
}

const OWNER = 'createTurnRestCredentials'
const OPTION_NAMES: readonly (keyof TurnRestOptions)[] = [
  'secret',
  'urls',
  'ttl',
  'separator',
  'afterExpiry',
  'now',
]

/** RFC 8489 §14.3: fewer than 509 bytes. `RTCPeerConnection` accepts 509, but Chromium then gets no allocation of coturn. */
const MAX_USERNAME_LENGTH = 508

/** Marks the digest of a user id. No encoded user id contains it, because `sh` is not hexadecimal. */
const DIGEST_PREFIX = '%sha256-'

/**
 * Creates a source of TURN REST credentials (draft-uberti-behave-turn-rest-00 §2.2) for coturn, eturnal, pion
 * and other TURN servers: the username is `expiry:userId`, the credential base64(HMAC-SHA1(secret, username)). Makes
 * no request. Characters of a user id that a username cannot contain are percent-encoded.
 *
 * @throws TypeError for a missing secret, an invalid URL or an unknown option; RangeError for an invalid ttl.
 *
 * @example
 * ```ts
 * const turn = createTurnRestCredentials({ secret: env.TURN_SECRET, urls: ['turn:turn.example.org'] })
 * const { iceServers } = await turn.generateCredentials({ userId: 'alice' })
 * ```
 * @group Server: TURN REST
 */
export function createTurnRestCredentials(options: TurnRestOptions): TurnRestCredentials {
  assertKnownOptions(OWNER, options, OPTION_NAMES)
  const [secret] = requireSecrets(options.secret)
  const urls = requireUrls(options.urls)
  const defaultTtl = requireTtl(OWNER, options.ttl)
  const { afterExpiry, separator = ':', now = Date.now } = options
  assertOption(isSeparator(separator), OWNER, 'separator', SEPARATOR_EXPECTED, separator)
  assertOption(typeof now === 'function', OWNER, 'now', 'a function', now)
  const isValid = afterExpiry === undefined || isAfterExpiry(afterExpiry)
  assertOption(isValid, OWNER, 'afterExpiry', "'keep' or 'drop'", afterExpiry)
  const sign = createSign(secret)

  const issue = (userId: string, ttl: number) => {
    const expiry = Math.floor(now() / 1000) + requireTtl('generateCredentials', ttl)
    const signUsername = (username: string) =>
      whenReady(sign(username), (credential) => ({ username, credential, expiresAt: expiry * 1000 }))
    return whenReady(createUsername(`${expiry}`, separator, userId), signUsername)
  }
  const turnRest: TurnRestCredentials = {
    async generateCredentials({ userId = '', ttl = defaultTtl } = {}) {
      const { expiresAt, ...credentials } = await issue(userId, ttl)
      const issued = { iceServers: [{ urls: [...urls], ...credentials }], ttl, expiresAt }
      return afterExpiry ? { ...issued, afterExpiry } : issued
    },
  }
  let selectedUrls: string[] | undefined // the same for all credentials
  setCheckedIssuer(turnRest.generateCredentials, ({ userId, ttl }) =>
    whenReady(issue(userId, ttl), ({ expiresAt, ...credentials }) => {
      selectedUrls ??= selectServers([{ urls, ...credentials }], {}).iceServers.flatMap(
        (server) => server.urls,
      )
      return { iceServers: [{ urls: selectedUrls, ...credentials }], expiresAt, afterExpiry }
    }),
  )
  return turnRest
}

function requireUrls(urls: TurnRestOptions['urls']): string[] {
  if (urls === '' || (typeof urls !== 'string' && !Array.isArray(urls))) {
    throw new TypeError(
      `${OWNER}: urls must be a TURN URL or an array of TURN URLs, got ${describeSetting(urls)}`,
    )
  }
  const [problem] = validateServer({ urls, username: 'x', credential: 'x' }).problems
  if (problem) throw new TypeError(`${OWNER}: ${formatProblem(problem)}`)
  return [urls].flat()
}

/** Checks all secrets, although only the first one signs. */
function requireSecrets(secret: TurnRestOptions['secret']): readonly [string, ...string[]] {
  if (!Array.isArray(secret)) return [requireSecret(OWNER, 'secret', secret)]
  const [first, ...others] = secret
  return [
    requireSecret(OWNER, 'secret', first),
    ...others.map((other, index) => requireSecret(OWNER, `secret[${index + 1}]`, other)),
  ]
}

const SEPARATOR_EXPECTED = 'one ASCII punctuation character other than %, a quote or a backslash'

/** `%` encodes, and coturn rejects usernames with quotes and backslashes. */
function isSeparator(separator: unknown): boolean {
  return typeof separator === 'string' && /^[!-~]$/.test(separator) && !/[a-z\d%'"\\]/i.test(separator)
}

/** Returns the username of a user: with the digest of the user id if the username would be too long otherwise. */
function createUsername(expiry: string, separator: string, userId: string): string | Promise<string> {
  if (userId === '') return expiry
  const username = `${expiry}${separator}${encodeUserId(userId)}`
  if (username.length <= MAX_USERNAME_LENGTH) return username
  return createDigest(userId).then((digest) => `${expiry}${separator}${DIGEST_PREFIX}${digest}`)
}

/** Resolves with the hexadecimal SHA-256 of a user id. */
async function createDigest(userId: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(userId))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/**
 * Percent-encodes what a username cannot contain, so that two user ids are never the same username. Client and server may
 * normalize the UTF-8 of a username (RFC 8489 §14.3); printable ASCII stays the same. coturn responds 400 to quotes and
 * backslashes, and to usernames with both `union` and `select`, which it takes for SQL.
 */
function encodeUserId(userId: string): string {
  assertOption(typeof userId === 'string', 'generateCredentials', 'userId', 'a string', userId)
  try {
    const encoded = userId.replace(/[^!-~]|[%'"\\]/gu, (character) =>
      character === "'" ? '%27' : encodeURIComponent(character),
    )
    const looksLikeSql = /union/i.test(encoded) && /select/i.test(encoded)
    return looksLikeSql ? encoded.replace(/u(?=nion)/g, '%75').replace(/U(?=nion)/gi, '%55') : encoded
  } catch {
    throw new TypeError('generateCredentials: userId must not contain lone surrogates')
  }
}

/** Issues TURN REST credentials, which a TURN server verifies with a shared secret. */
import { type AfterExpiry, isAfterExpiry } from '../config/after-expiry.js'
import { formatProblem, validateServer } from '../config/ice-server.js'
import { assertKnownOptions, assertOption } from '../option-checks.js'
import type { IceServersResponse } from './ice-servers-response.js'
import { describeSetting, requireSecret, requireTtl } from './validate.js'

/** Options of {@link createTurnRestCredentials}. */
export interface TurnRestOptions {
  /** The secret shared with the TURN server (coturn: `static-auth-secret`). Of several, the first one signs. */
  secret: string | readonly string[]
  /** URLs of the TURN server, and of STUN servers if there are any. They become one entry. */
  urls: string | readonly string[]
  /** Lifetime in seconds, from 1 to 172 800 (48 hours). @defaultValue 3600 */
  ttl?: number
  /**
   * What the TURN server does with live allocations when their credentials expire: coturn keeps them, so that clients need
   * no ICE restarts; pion and eturnal with `strict_expiry` drop them. @defaultValue not part of the response
   */
  afterExpiry?: AfterExpiry
  /** For tests: returns the time in epoch ms. @defaultValue `Date.now` */
  now?: () => number
}

/** Issues credentials that a TURN server verifies with a shared secret. */
export interface TurnRestCredentials {
  /** Issues credentials. @throws RangeError for an invalid ttl; TypeError for a user id that cannot be encoded. */
  generateCredentials(options?: {
    userId?: string | undefined
    ttl?: number | undefined
  }): Promise<IceServersResponse>
}

const OWNER = 'createTurnRestCredentials'
const OPTION_NAMES: readonly (keyof TurnRestOptions)[] = ['secret', 'urls', 'ttl', 'afterExpiry', 'now']

const HMAC_SHA1 = { name: 'HMAC', hash: 'SHA-1' }
const MAX_USERNAME_LENGTH = 509

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
 */
export function createTurnRestCredentials(options: TurnRestOptions): TurnRestCredentials {
  assertKnownOptions(OWNER, options, OPTION_NAMES)
  const secret = requireSecret(OWNER, 'secret', [options.secret].flat()[0])
  const urls = requireUrls(options.urls)
  const defaultTtl = requireTtl(OWNER, options.ttl)
  const { afterExpiry, now = Date.now } = options
  const isValid = afterExpiry === undefined || isAfterExpiry(afterExpiry)
  assertOption(isValid, OWNER, 'afterExpiry', "'keep' or 'drop'", afterExpiry)
  const encoder = new TextEncoder()
  let signingKey: Promise<CryptoKey> | undefined

  return {
    async generateCredentials({ userId = '', ttl = defaultTtl } = {}) {
      const expiry = Math.floor(now() / 1000) + requireTtl('generateCredentials', ttl)
      const username = userId === '' ? `${expiry}` : `${expiry}:${encodeUserId(userId)}`
      if (username.length > MAX_USERNAME_LENGTH) {
        throw new TypeError(
          `generateCredentials: userId is too long: the username must have at most ${MAX_USERNAME_LENGTH} characters`,
        )
      }
      signingKey ??= crypto.subtle.importKey('raw', encoder.encode(secret), HMAC_SHA1, false, ['sign'])
      const signature = await crypto.subtle.sign('HMAC', await signingKey, encoder.encode(username))
      const credential = btoa(String.fromCharCode(...new Uint8Array(signature)))
      const issued = { iceServers: [{ urls, username, credential }], ttl, expiresAt: expiry * 1000 }
      return afterExpiry ? { ...issued, afterExpiry } : issued
    },
  }
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

/** Client and server may normalize the UTF-8 of a username (RFC 8489 §14.3). Printable ASCII stays the same. */
function encodeUserId(userId: string): string {
  try {
    return userId.replace(/[^!-~]|%/gu, encodeURIComponent)
  } catch {
    throw new TypeError('generateCredentials: userId must not contain lone surrogates')
  }
}

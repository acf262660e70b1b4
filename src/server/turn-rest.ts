import { validateServer } from '../config/ice-server.js'
import type { IceServersResponse } from './ice-servers-response.js'
import { requireTtl } from './validate.js'

/** Options of {@link createTurnRestCredentials}. */
export interface TurnRestOptions {
  /** The secret that the TURN server shares (coturn: `static-auth-secret`). Of several, the first signs. */
  secret: string | readonly string[]
  /** URLs of the TURN server, and of STUN servers if there are any; all become one entry. */
  urls: string | readonly string[]
  /** Lifetime in seconds, from 1 to 172 800 (48 hours). @defaultValue 3600 */
  ttl?: number
  /** For tests: epoch ms. @defaultValue `Date.now` */
  now?: () => number
}

/** Mints credentials that a TURN server checks by a shared secret. */
export interface TurnRestCredentials {
  /** Mints credentials. @throws RangeError for a wrong ttl; TypeError for a user id that makes no username. */
  generateCredentials(options?: {
    userId?: string | undefined
    ttl?: number | undefined
  }): Promise<IceServersResponse>
}

const HMAC_SHA1 = { name: 'HMAC', hash: 'SHA-1' }
const MAX_USERNAME_LENGTH = 509

/**
 * Creates a source of TURN REST credentials (draft-uberti-behave-turn-rest-00 §2.2) for coturn, eturnal, pion
 * and others: the username is `expiry:userId`, the credential base64(HMAC-SHA1(secret, username)). Needs no
 * request. What a username cannot hold of a user id is percent-encoded.
 *
 * @throws TypeError for a missing secret or a URL that is none; RangeError for a wrong ttl.
 *
 * @example
 * ```ts
 * const turn = createTurnRestCredentials({ secret: env.TURN_SECRET, urls: ['turn:turn.example.org'] })
 * const { iceServers } = await turn.generateCredentials({ userId: 'alice' })
 * ```
 */
export function createTurnRestCredentials(options: TurnRestOptions): TurnRestCredentials {
  const [secret] = [options.secret].flat()
  if (typeof secret !== 'string' || secret === '') throw new TypeError('secret is no secret')
  const urls = [options.urls].flat()
  const [problem] = validateServer({ urls, username: 'x', credential: 'x' }).problems
  if (problem) throw new TypeError(problem)
  const defaultTtl = requireTtl(options.ttl)
  const now = options.now ?? Date.now
  const encoder = new TextEncoder()
  let signing: Promise<CryptoKey> | undefined

  return {
    async generateCredentials({ userId = '', ttl = defaultTtl } = {}) {
      const expiry = Math.floor(now() / 1000) + requireTtl(ttl)
      const username = userId === '' ? `${expiry}` : `${expiry}:${encodeUserId(userId)}`
      if (username.length > MAX_USERNAME_LENGTH) throw new TypeError('userId is too long')
      signing ??= crypto.subtle.importKey('raw', encoder.encode(secret), HMAC_SHA1, false, ['sign'])
      const signature = await crypto.subtle.sign('HMAC', await signing, encoder.encode(username))
      const credential = btoa(String.fromCharCode(...new Uint8Array(signature)))
      return { iceServers: [{ urls, username, credential }], ttl, expiresAt: expiry * 1000 }
    },
  }
}

/** A TURN username is UTF-8 that both ends may normalise (RFC 8489 §14.3); printable ASCII stays as it is. */
function encodeUserId(userId: string): string {
  try {
    return userId.replace(/[^!-~]|%/gu, encodeURIComponent)
  } catch {
    throw new TypeError('userId is not Unicode')
  }
}

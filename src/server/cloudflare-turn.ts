/** Issues and revokes TURN credentials of Cloudflare. */
import type { UrlFilter } from '../config/url-filter.js'
import { assertKnownOptions, assertOption } from '../option-checks.js'
import { type ApiOptions, callApi } from './api-request.js'
import { TurnApiError } from './errors.js'
import type { IceServersResponse } from './ice-servers-response.js'
import { readIssuedServers } from './read-issued-servers.js'
import { requireBearerToken } from './secrets.js'
import { checkApiOptions, requireId, requireTtl } from './validate.js'

/** The TURN key that issues credentials, as in Cloudflare's reference. @group Server: Cloudflare */
export interface CloudflareTURNConfig {
  /** The `uid` of the TURN key, not the id of the account. */
  keyId: string
  /** The secret of the key, which Cloudflare shows once, when the key is created. Not an API token. */
  keySecret: string
  /** Lifetime of the credentials in seconds, from 1 to 172 800 (48 hours). @defaultValue 3600 */
  ttl?: number
}

/** Body of the request for credentials. @group Server: Cloudflare */
export interface TURNCredentialsRequest {
  /** Lifetime in seconds, at most 172 800. */
  ttl?: number
}

/** Response to the request for credentials, as in Cloudflare's reference. @group Server: Cloudflare */
export interface TURNCredentialsResponse {
  /** One server, with its STUN and TURN URLs. */
  iceServers: {
    urls: string[]
    username: string
    credential: string
  }
}

/** Options of {@link createCloudflareTurn}. @expand @group Server: Cloudflare */
export interface CloudflareTurnOptions extends CloudflareTURNConfig, ApiOptions {
  /** Which of Cloudflare's two paths to request: that of the reference, or that of the current documentation. @defaultValue `'generate'` */
  path?: 'generate' | 'generate-ice-servers'
  /** Which URLs to keep. @defaultValue all */
  urlFilter?: UrlFilter
  /**
   * Returns the tag of a user's credentials in Cloudflare's analytics. Must not contain personal data. As a source of the handler,
   * it is called with the user id that `authorize` returned. @defaultValue none
   */
  customIdentifier?: (userId: string) => string | undefined | Promise<string | undefined>
  /** For tests. @defaultValue `'https://rtc.live.cloudflare.com/v1'` */
  baseUrl?: string
}

/** Options of {@link CloudflareTurn.generateCredentials}. @expand @group Server: Cloudflare */
export interface GenerateOptions {
  /** Lifetime in seconds, in place of the default of the client. */
  ttl?: number | undefined
  /** A tag for Cloudflare's analytics, in place of the option of the client. Must not contain personal data. */
  customIdentifier?: string | undefined
  /** The user for whom the option `customIdentifier` of the client returns the tag. */
  userId?: string | undefined
  /** Aborts the request. */
  signal?: AbortSignal | undefined
}

/** Issues and revokes TURN credentials of Cloudflare. @group Server: Cloudflare */
export interface CloudflareTurn {
  /** Issues credentials. @throws RangeError for an invalid ttl, before any request; {@link TurnApiError} */
  generateCredentials(options?: GenerateOptions): Promise<IceServersResponse>
  /** Revokes credentials before they expire. @throws TypeError for an invalid username; {@link TurnApiError} */
  revokeCredentials(username: string, options?: { signal?: AbortSignal | undefined }): Promise<void>
}

/** Options of `createCloudflareTurn` and `fetchTURNServers`. */
export const CONFIG_NAMES: readonly (keyof (CloudflareTURNConfig & ApiOptions))[] = [
  'keyId',
  'keySecret',
  'ttl',
  'fetch',
  'timeoutMs',
]

const OPTION_NAMES: readonly (keyof CloudflareTurnOptions)[] = [
  ...CONFIG_NAMES,
  'path',
  'urlFilter',
  'customIdentifier',
  'baseUrl',
]

const SECRET_HINT = 'check that keySecret is the secret of the TURN key, not an API token'
const HINTS_BY_STATUS = {
  401: SECRET_HINT,
  403: SECRET_HINT,
  404: 'check that keyId is the id of the TURN key, not of the account',
}

/**
 * Creates the client of Cloudflare's TURN service.
 *
 * @throws TypeError for an invalid key id, a missing secret or an unknown option; RangeError for an invalid ttl.
 *
 * @example
 * ```ts
 * const turn = createCloudflareTurn({ keyId: env.TURN_KEY_ID, keySecret: env.TURN_KEY_SECRET })
 * const { iceServers, expiresAt } = await turn.generateCredentials({ ttl: 600 })
 * ```
 * @group Server: Cloudflare
 */
export function createCloudflareTurn(options: CloudflareTurnOptions): CloudflareTurn {
  const owner = 'createCloudflareTurn'
  assertKnownOptions(owner, options, OPTION_NAMES)
  return createCloudflareClient(owner, options)
}

/** Creates the client for `createCloudflareTurn` and `fetchTURNServers`. Error messages name the owner. */
export function createCloudflareClient(owner: string, options: CloudflareTurnOptions): CloudflareTurn {
  const { fetch, timeoutMs, path = 'generate', baseUrl = 'https://rtc.live.cloudflare.com/v1' } = options
  checkApiOptions(owner, options)
  const isPath = path === 'generate' || path === 'generate-ice-servers'
  assertOption(isPath, owner, 'path', "'generate' or 'generate-ice-servers'", path)
  const { urlFilter } = options
  const isFilter = urlFilter === undefined || typeof urlFilter === 'function'
  assertOption(isFilter, owner, 'urlFilter', 'a function', urlFilter)
  const credentialsUrl = `${baseUrl}/turn/keys/${requireId(owner, 'keyId', options.keyId)}/credentials`
  const secret = requireBearerToken(owner, 'keySecret', options.keySecret)
  const defaultTtl = requireTtl(owner, options.ttl)
  const { customIdentifier: identify } = options
  const isValid = identify === undefined || typeof identify === 'function'
  assertOption(isValid, owner, 'customIdentifier', 'a function', identify)

  const post = (urlPath: string, json: unknown, signal: AbortSignal | undefined) =>
    callApi({
      url: `${credentialsUrl}/${urlPath}`,
      method: 'POST',
      secret,
      json,
      signal,
      isRetryable: true, // Credentials that nobody receives expire unused.
      fetch,
      timeoutMs,
      hints: HINTS_BY_STATUS,
    })

  return {
    async generateCredentials({ ttl = defaultTtl, customIdentifier, userId, signal } = {}) {
      requireTtl('generateCredentials', ttl)
      const tag = customIdentifier ?? (userId === undefined ? undefined : await identify?.(userId))
      const isTag = tag === undefined || (typeof tag === 'string' && tag !== '')
      assertOption(isTag, 'generateCredentials', 'customIdentifier', 'a non-empty string', tag)
      const requestedAt = Date.now()
      const body = await post(path, { ttl, customIdentifier: tag }, signal)
      const { iceServers, expiresAt } = readIssuedServers(body, {
        name: 'Cloudflare',
        ttl,
        requestedAt,
        requireTurn: true,
        urlFilter: urlFilter ?? [],
      })
      const lifetime = Math.ceil((expiresAt - requestedAt) / 1000)
      return { iceServers, ttl: lifetime, expiresAt, afterExpiry: 'drop' }
    },
    async revokeCredentials(username, { signal } = {}) {
      requireUsername('revokeCredentials', username)
      try {
        await post('revoke', { username }, signal)
      } catch (error) {
        if (!isUnknownPath(error)) throw error
        await post(`${encodeURIComponent(username)}/revoke`, undefined, signal)
      }
    },
  }
}

function requireUsername(owner: string, username: string): void {
  // `.` and `..` would lead to another path, and a lone surrogate has no encoding in one.
  const isUsername =
    typeof username === 'string' && !['', '.', '..'].includes(username) && !/\p{Cs}/u.test(username)
  const expected = 'a non-empty string other than "." and "..", without lone surrogates'
  assertOption(isUsername, owner, 'username', expected, username)
}

/** Whether Cloudflare does not know the form of revocation that its reference describes. */
function isUnknownPath(error: unknown): boolean {
  return error instanceof TurnApiError && (error.status === 404 || error.status === 405)
}

import type { RTCIceServer } from '../config/ice-server.js'
import { selectServers } from '../config/select-servers.js'
import { type UrlFilter, withoutPort53 } from '../config/url-filter.js'
import { isIceServerError } from '../errors.js'
import { type ApiOptions, callApi } from './api-request.js'
import { TurnApiError } from './errors.js'
import type { IceServersResponse } from './ice-servers-response.js'
import { requireId, requireTtl } from './validate.js'

/** Which TURN key mints, as Cloudflare's reference has it. */
export interface CloudflareTURNConfig {
  /** The `uid` of the TURN key. Not the id of the account. */
  keyId: string
  /** The secret of the key, which is shown once when it is created. Not an API token. */
  keySecret: string
  /** Lifetime of the credentials in seconds, from 1 to 172 800 (48 hours). @defaultValue 3600 */
  ttl?: number
}

/** Body of the request that mints credentials. */
export interface TURNCredentialsRequest {
  /** Lifetime in seconds, at most 172 800. */
  ttl?: number
}

/** Answer to the request that mints credentials, as the reference has it. */
export interface TURNCredentialsResponse {
  /** One server, with its STUN and TURN URLs. */
  iceServers: {
    urls: string[]
    username: string
    credential: string
  }
}

/** Options of {@link createCloudflareTurn}. */
export interface CloudflareTurnOptions extends CloudflareTURNConfig, ApiOptions {
  /** Which of Cloudflare's two paths mints: the reference's, or that of today's documentation. @defaultValue `'generate'` */
  path?: 'generate' | 'generate-ice-servers'
  /** Which URLs to keep. @defaultValue all */
  urlFilter?: UrlFilter
  /** For tests. @defaultValue `'https://rtc.live.cloudflare.com/v1'` */
  baseUrl?: string
}

/** Options of one minting. */
export interface GenerateOptions {
  /** Lifetime in seconds, in place of the usual one. */
  ttl?: number | undefined
  /** Tags the analytics of Cloudflare. No personal data belongs here. */
  customIdentifier?: string | undefined
  /** Ends the request. */
  signal?: AbortSignal | undefined
}

/** Mints and revokes TURN credentials of Cloudflare. */
export interface CloudflareTurn {
  /** Mints credentials. @throws RangeError for a wrong ttl, before any request; {@link TurnApiError} */
  generateCredentials(options?: GenerateOptions): Promise<IceServersResponse>
  /** Ends credentials before their time. @throws {@link TurnApiError} */
  revokeCredentials(username: string, options?: { signal?: AbortSignal | undefined }): Promise<void>
}

const MINT_HINTS = {
  401: 'is it the secret of the TURN key, and not an API token?',
  403: 'is it the secret of the TURN key, and not an API token?',
  404: 'is it the id of the TURN key, and not of the account?',
}

/**
 * Creates the client of Cloudflare's TURN service.
 *
 * @throws TypeError for a key id that cannot be one; RangeError for a wrong ttl.
 *
 * @example
 * ```ts
 * const turn = createCloudflareTurn({ keyId: env.TURN_KEY_ID, keySecret: env.TURN_KEY_SECRET })
 * const { iceServers, expiresAt } = await turn.generateCredentials({ ttl: 600 })
 * ```
 */
export function createCloudflareTurn(options: CloudflareTurnOptions): CloudflareTurn {
  const { keySecret: secret, path = 'generate', baseUrl = 'https://rtc.live.cloudflare.com/v1' } = options
  const credentialsUrl = `${baseUrl}/turn/keys/${requireId('keyId', options.keyId)}/credentials`
  const defaultTtl = requireTtl(options.ttl)
  const post = (urlPath: string, json: unknown, signal?: AbortSignal) =>
    callApi({
      ...options,
      url: `${credentialsUrl}/${urlPath}`,
      method: 'POST',
      secret,
      json,
      signal,
      hints: MINT_HINTS,
    })

  return {
    async generateCredentials({ ttl = defaultTtl, customIdentifier, signal } = {}) {
      const body = { ttl: requireTtl(ttl), customIdentifier }
      const expiresAt = Date.now() + ttl * 1000
      const answer = await post(path, body, signal)
      try {
        const { iceServers } = selectServers(answer, {
          requireTurn: true,
          urlFilter: options.urlFilter ?? [],
        })
        return { iceServers, ttl, expiresAt }
      } catch (error) {
        throw isIceServerError(error) ? new TurnApiError(error.message) : error
      }
    },
    async revokeCredentials(username, { signal } = {}) {
      if (/^\.{0,2}$/.test(username)) throw new TypeError('username is not one')
      try {
        await post('revoke', { username }, signal)
      } catch (error) {
        const isUnknownPath = [404, 405].includes(Object(error).status)
        if (!isUnknownPath) throw error
        await post(`${encodeURIComponent(username)}/revoke`, undefined, signal)
      }
    },
  }
}

/**
 * Mints credentials and gives them as browsers take them: a STUN entry, then the TURN entry, without port 53.
 *
 * @throws RangeError for a ttl outside 1 to 172 800, before any request; {@link TurnApiError}
 *
 * @example
 * ```ts
 * const iceServers = await fetchTURNServers({ keyId, keySecret, ttl: 3600 })
 * ```
 */
export async function fetchTURNServers(config: CloudflareTURNConfig & ApiOptions): Promise<RTCIceServer[]> {
  const turn = createCloudflareTurn({ ...config, urlFilter: withoutPort53 })
  const { iceServers: servers } = await turn.generateCredentials()
  const login = servers.find(({ username }) => username)
  const urls = servers.flatMap((server) => server.urls)
  const isTurn = (url: string) => /^turn/i.test(url)
  const stun = { urls: urls.filter((url) => !isTurn(url)) }
  return [stun, { ...login, urls: urls.filter(isTurn) }].filter((server) => server.urls.length > 0)
}

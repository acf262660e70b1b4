import { type ApiOptions, type ApiRequest, callApi } from './api-request.js'
import { TurnApiError } from './errors.js'
import { requireId } from './validate.js'

/** A TURN key as it is answered when it is created, as Cloudflare's reference has it. */
export interface TURNKeyResponse {
  /** The id of the key: 32 hexadecimal digits. */
  uid: string
  /** The secret that mints credentials. It is shown only now: save it. */
  key: string
  /** What the key was called, for people. */
  name: string
  /** ISO 8601. */
  created: string
  /** ISO 8601. */
  modified: string
}

/** A TURN key as it is answered later: without its secret. */
export type TURNKeyInfo = Omit<TURNKeyResponse, 'key'>

/** Options of {@link createTurnKeys}. */
export interface TurnKeysOptions extends ApiOptions {
  /** The id of the Cloudflare account: 32 hexadecimal digits. */
  accountId: string
  /** A Cloudflare API token with the permission Calls Write; for `list` and `get` Calls Read is enough. */
  apiToken: string
  /** For tests. @defaultValue `'https://api.cloudflare.com/client/v4'` */
  baseUrl?: string
}

/** Manages the TURN keys of a Cloudflare account. */
export interface TurnKeys {
  /** All keys of the account, without their secrets. */
  list(): Promise<TURNKeyInfo[]>
  /** One key, without its secret. */
  get(id: string): Promise<TURNKeyInfo>
  /** Never tried again by itself, for that might leave a second key. */
  create(key: { name: string }): Promise<TURNKeyResponse>
  /** Gives a key another name. */
  update(id: string, key: { name: string }): Promise<TURNKeyInfo>
  /** Deletes a key for good: it mints no more. */
  delete(id: string): Promise<void>
}

const HINTS = {
  401: 'is it an API token, and not the secret of a TURN key?',
  403: 'has the API token the permission Calls Write?',
  404: 'are the ids right?',
}

/**
 * Creates the client for the TURN keys of an account. GET, PUT and DELETE are tried again after network
 * errors and 5xx; after a 429 the error tells `retryAfterMs`. Every method throws {@link TurnApiError}.
 *
 * @throws TypeError for an account id that cannot be one.
 *
 * @example
 * ```ts
 * const keys = createTurnKeys({ accountId, apiToken })
 * const { uid, key } = await keys.create({ name: 'production' })
 * ```
 */
export function createTurnKeys(options: TurnKeysOptions): TurnKeys {
  const { apiToken: secret, baseUrl = 'https://api.cloudflare.com/client/v4' } = options
  const keysUrl = `${baseUrl}/accounts/${requireId('accountId', options.accountId)}/calls/turn_keys`

  const call = async <T>(method: ApiRequest['method'], id: string | null, json?: unknown): Promise<T> => {
    const url = id === null ? keysUrl : `${keysUrl}/${requireId('id', id)}`
    const body = await callApi({ ...options, url, method, secret, json, hints: HINTS })
    return Object(body).result ?? Object(body)
  }
  return {
    list: () => call('GET', null),
    get: (id) => call('GET', id),
    async create({ name }) {
      const { secret: otherName, ...created } = await call<TURNKeyResponse & { secret?: string }>(
        'POST',
        null,
        { name },
      )
      const key = created.key ?? otherName
      if (key === undefined) {
        throw new TurnApiError(`the key ${created.uid} exists, but its secret was not answered: delete it`)
      }
      return { ...created, key }
    },
    update: (id, { name }) => call('PUT', id, { name }),
    async delete(id) {
      await call('DELETE', id)
    },
  }
}

/** Manages the TURN keys of a Cloudflare account. */
import { assertKnownOptions } from '../option-checks.js'
import { isRecord } from '../type-guards.js'
import { type ApiOptions, type ApiRequest, callApi } from './api-request.js'
import { TurnApiError } from './errors.js'
import { requireBearerToken } from './secrets.js'
import { checkApiOptions, requireId } from './validate.js'

/** The response to the creation of a TURN key, as in Cloudflare's reference. @group Server: Cloudflare */
export interface TURNKeyResponse {
  /** The id of the key: 32 hexadecimal digits. */
  uid: string
  /** The secret that issues credentials. It is in this response only: save it. */
  key: string
  /** A name for people. */
  name: string
  /** ISO 8601. */
  created: string
  /** ISO 8601. */
  modified: string
}

/** A TURN key in later responses: without its secret. @group Server: Cloudflare */
export type TURNKeyInfo = Omit<TURNKeyResponse, 'key'>

/** Options of {@link createTurnKeys}. @expand @group Server: Cloudflare */
export interface TurnKeysOptions extends ApiOptions {
  /** The id of the Cloudflare account: 32 hexadecimal digits. */
  accountId: string
  /** A Cloudflare API token with the permission Calls Write. Calls Read is enough for `list` and `get`. */
  apiToken: string
  /** For tests. @defaultValue `'https://api.cloudflare.com/client/v4'` */
  baseUrl?: string
}

/** Manages the TURN keys of a Cloudflare account. @group Server: Cloudflare */
export interface TurnKeys {
  /** Resolves with all keys of the account, without their secrets. */
  list(): Promise<TURNKeyInfo[]>
  /** Resolves with one key, without its secret. */
  get(id: string): Promise<TURNKeyInfo>
  /** Creates a key. Never retried, because a retry could leave a second key. */
  create(key: { name: string }): Promise<TURNKeyResponse>
  /** Renames a key. */
  update(id: string, key: { name: string }): Promise<TURNKeyInfo>
  /** Deletes a key permanently: it issues no more credentials. */
  delete(id: string): Promise<void>
}

const OWNER = 'createTurnKeys'
const OPTION_NAMES: readonly (keyof TurnKeysOptions)[] = [
  'accountId',
  'apiToken',
  'baseUrl',
  'fetch',
  'timeoutMs',
]

const HINTS_BY_STATUS = {
  401: 'check that apiToken is an API token, not the secret of a TURN key',
  403: 'check that the API token has the permission Calls Write',
  404: 'check the account id and the key id',
}

/**
 * Creates the client for the TURN keys of an account. GET, PUT and DELETE are retried after a lost connection and a transient
 * status; after a 429 the error has `retryAfterMs`. Every method rejects with {@link TurnApiError}, or with a `TypeError` for
 * an invalid id.
 *
 * @throws TypeError for an invalid account id, a missing API token or an unknown option.
 *
 * @example
 * ```ts
 * const keys = createTurnKeys({ accountId, apiToken })
 * const { uid, key } = await keys.create({ name: 'production' })
 * ```
 * @group Server: Cloudflare
 */
export function createTurnKeys(options: TurnKeysOptions): TurnKeys {
  assertKnownOptions(OWNER, options, OPTION_NAMES)
  checkApiOptions(OWNER, options)
  const { fetch, timeoutMs, baseUrl = 'https://api.cloudflare.com/client/v4' } = options
  const secret = requireBearerToken(OWNER, 'apiToken', options.apiToken)
  const keysUrl = `${baseUrl}/accounts/${requireId(OWNER, 'accountId', options.accountId)}/calls/turn_keys`

  /** Resolves with the content of the response, without its envelope. */
  const call = async (method: ApiRequest['method'], url: string, json?: unknown): Promise<unknown> => {
    const isRetryable = method !== 'POST'
    const options = { url, method, secret, json, isRetryable, fetch, timeoutMs, hints: HINTS_BY_STATUS }
    const body = await callApi(options)
    return isRecord(body) && 'result' in body ? body.result : body
  }
  const urlOf = (id: string) => `${keysUrl}/${requireId('TurnKeys', 'id', id)}`

  return {
    async list() {
      const keys = await call('GET', keysUrl)
      if (!Array.isArray(keys)) throw new TurnApiError('Cloudflare responded without a list of keys')
      return keys
    },
    get: async (id) => requireKey(await call('GET', urlOf(id))),
    async create({ name }) {
      const created = requireKey<TURNKeyResponse & { secret?: string }>(
        await call('POST', keysUrl, { name }),
        '. The key may exist: list() returns it',
      )
      const { secret: secretField, ...members } = created
      const key = created.key ?? secretField
      if (typeof key !== 'string' || key === '') {
        throw new TurnApiError(
          `Cloudflare created the key ${created.uid} but did not return its secret: delete that key`,
        )
      }
      return { ...members, key }
    },
    update: async (id, { name }) => requireKey(await call('PUT', urlOf(id), { name })),
    async delete(id) {
      await call('DELETE', urlOf(id))
    },
  }
}

/** @throws {@link TurnApiError} if a response contains no key. */
function requireKey<T extends TURNKeyInfo>(value: unknown, advice = ''): T {
  if (isRecord(value) && typeof value.uid === 'string' && value.uid !== '') return value as unknown as T
  throw new TurnApiError(`Cloudflare responded without a key${advice}`)
}

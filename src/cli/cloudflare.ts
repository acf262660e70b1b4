/** Creates the clients of Cloudflare's APIs from environment variables. */
import { type CloudflareTurn, createCloudflareTurn, createTurnKeys, type TurnKeys } from 'turnkeeper/server'
import { type CommandIo, UsageError } from './command.js'
import { requireVariable } from './read-secret.js'

/** For the help. */
export const KEY_VARIABLES = [
  'Environment variables:',
  '  CLOUDFLARE_TURN_KEY_ID      the id of the TURN key',
  '  CLOUDFLARE_TURN_KEY_SECRET  its secret, which Cloudflare shows when the key is created',
]

/** For the help. */
export const ACCOUNT_VARIABLES = [
  'Environment variables:',
  '  CLOUDFLARE_ACCOUNT_ID  the id of the account',
  '  CLOUDFLARE_API_TOKEN   an API token with the permission Calls Write; Calls Read is enough for list and get',
]

/** @throws UsageError if a variable is missing or not valid. */
export function cloudflareTurn(io: CommandIo): CloudflareTurn {
  return create(() =>
    createCloudflareTurn({
      keyId: requireVariable(io, 'CLOUDFLARE_TURN_KEY_ID', 'the id of the TURN key'),
      keySecret: requireVariable(io, 'CLOUDFLARE_TURN_KEY_SECRET', 'the secret of the TURN key'),
      ...(io.cloudflare && { baseUrl: io.cloudflare.realtimeUrl }),
    }),
  )
}

/** @throws UsageError if a variable is missing or not valid. */
export function turnKeys(io: CommandIo): TurnKeys {
  return create(() =>
    createTurnKeys({
      accountId: requireVariable(io, 'CLOUDFLARE_ACCOUNT_ID', 'the id of the Cloudflare account'),
      apiToken: requireVariable(io, 'CLOUDFLARE_API_TOKEN', 'an API token with the permission Calls Write'),
      ...(io.cloudflare && { baseUrl: io.cloudflare.accountsUrl }),
    }),
  )
}

/** The options of a client are those of the user. */
function create<T>(createClient: () => T): T {
  try {
    return createClient()
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error })
  }
}

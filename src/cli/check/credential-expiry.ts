/** Finds out when credentials expire, for `--after-expiry`. */
import { type IceConfiguration, IceServerError, readIceConfiguration } from 'turnkeeper'
import { UsageError } from '../command.js'

/** What the lifetime of credentials can be read from. Caching headers are about the response. */
const SOURCES: readonly IceConfiguration['expirySource'][] = ['expiresAt', 'ttl', 'username']

/**
 * Returns the time in the username of a server, or the lifetime of the whole response, which is the shortest of its servers.
 *
 * @throws UsageError if the response contains neither.
 */
export function expiryOfServer(username: string, { expiresAt, expirySource }: IceConfiguration): number {
  if (SOURCES.includes(expirySource)) return readUsername(username) ?? expiresAt
  throw new UsageError('--after-expiry requires a response with a lifetime, such as { "ttl": 3600 }')
}

/** @throws UsageError if the username does not contain it, or if it is in the past. */
export function expiryOfUsername(username: string): number {
  try {
    const expiresAt = readUsername(username)
    if (expiresAt !== undefined) return expiresAt
  } catch (error) {
    if (error instanceof IceServerError) throw new UsageError(`--after-expiry: ${error.message}`)
    throw error
  }
  throw new UsageError('--after-expiry requires a username with a timestamp, such as 1767225600:alice')
}

/** Returns the time in a username, as the library reads it in the username of any server. */
function readUsername(username: string): number | undefined {
  const iceServers = [{ urls: 'turn:turn.invalid', username, credential: 'x' }]
  const { expiresAt, expirySource } = readIceConfiguration({ iceServers })
  return expirySource === 'username' ? expiresAt : undefined
}

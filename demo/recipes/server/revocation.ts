/** Revokes all Cloudflare credentials of a user, for example when the user logs out or is banned. */
import {
  createCloudflareTurn,
  createIceServersHandler,
  type IssuedCredentials,
  TurnApiError,
} from 'turnkeeper/server'
import { findUserId, readBearerToken } from './your-app.js'

const { TURN_KEY_ID = '', TURN_KEY_SECRET = '', TURN_API } = process.env

const turn = createCloudflareTurn({
  keyId: TURN_KEY_ID,
  keySecret: TURN_KEY_SECRET,
  // Not the user id itself: Cloudflare's analytics must not contain personal data.
  customIdentifier: (userId) => hashOf(userId),
  ...(TURN_API && { baseUrl: TURN_API }),
})

/** A placeholder for a table of your database: the expiry of each username, by user. */
const issued = new Map<string, Map<string, number>>()

/** Remembers usernames until they expire. Usernames alone are no credentials. */
function remember({ userId, iceServers, expiresAt }: IssuedCredentials): void {
  const valid = [...(issued.get(userId) ?? [])].filter(([, expiry]) => expiry > Date.now())
  const usernames = iceServers.flatMap(({ username }) => username ?? [])
  issued.set(userId, new Map([...valid, ...usernames.map((name): [string, number] => [name, expiresAt])]))
}

/** The endpoint. `authorize` must reject a user from the moment at which the credentials are revoked. */
export const handler = createIceServersHandler({
  source: turn,
  authorize: (request) => findUserId(readBearerToken(request)),
  onIssue: remember,
  onError: (error) => console.error(error),
})

/** Revokes all credentials of a user. Live connections through them are dropped after seconds. Can be repeated after an error. */
export async function revokeUser(userId: string): Promise<void> {
  for (const username of [...(issued.get(userId)?.keys() ?? [])]) {
    try {
      await turn.revokeCredentials(username)
    } catch (error) {
      const isUnknown = error instanceof TurnApiError && error.status === 404
      if (!isUnknown) throw error // 404: expired, or revoked before.
    }
    issued.get(userId)?.delete(username)
  }
}

async function hashOf(userId: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(userId))
  return Array.from(new Uint8Array(digest, 0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

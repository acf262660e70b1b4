/**
 * A placeholder for the sessions of your app. This file is JavaScript, so that every runtime can import it.
 *
 * The recipes expect a bearer token. The provider sends it with its option `headers`:
 * docs/backend.md#pages-of-another-origin
 */
const sessions = new Map([['token-of-alice', 'alice']])

/**
 * Replace this with your app's own check. Resolves with the id of the user, or with `false` for an unknown token.
 *
 * @param {string} token
 * @returns {Promise<string | false>}
 */
export async function findUserId(token) {
  return sessions.get(token) ?? false
}

/**
 * Returns the bearer token of a request, or an empty string.
 *
 * @param {Request} request
 * @returns {string}
 */
export function readBearerToken(request) {
  return /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? ''
}

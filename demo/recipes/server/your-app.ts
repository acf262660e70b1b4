/** A placeholder for the sessions of your app. */
const sessions = new Map([['token-of-alice', 'alice']])

/** Replace this with your app's own check. Resolves with the id of the user, or with `false` for an unknown token. */
export async function findUserId(token: string): Promise<string | false> {
  return sessions.get(token) ?? false
}

/** Returns the bearer token of a request, or an empty string. */
export function readBearerToken(request: Request): string {
  return /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? ''
}

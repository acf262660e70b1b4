/** Stands for the sessions of your app. */
const sessions = new Map([['token-of-alice', 'alice']])

/** Put your app's own check here: whose token it is, or `false` for one that is nobody's. */
export async function userIdOf(token: string): Promise<string | false> {
  return sessions.get(token) ?? false
}

/** The bearer token of a request; empty without one. */
export function bearerTokenOf(request: Request): string {
  return /^Bearer (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? ''
}

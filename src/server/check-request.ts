/** Checks a request before the user is authenticated. */
import type { Respond } from './format-response.js'

const METHODS = ['GET', 'HEAD', 'POST']

/** Returns the response to a preflight or to an unsupported method; `undefined` for any other request. */
export function checkRequest({ method }: Request, respond: Respond): Response | undefined {
  if (method === 'OPTIONS') return respond(204)
  if (METHODS.includes(method)) return undefined
  return respond(405, { error: 'method not allowed' }, { allow: 'GET, HEAD, POST, OPTIONS' })
}

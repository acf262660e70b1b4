/** Authenticates a request with the function of the application. */
import { describeValue } from '../option-checks.js'
import { isObject } from '../type-guards.js'
import type { Deadline } from './deadline.js'
import { isFrameworkError } from './errors.js'

/** What `authorize` returns: a user id, `false`, `undefined` or `null` for 401, or the response to send. @group Server: handler */
export type AuthorizeResult = string | false | Response | undefined | null

/** Authenticates a request. @group Server: handler */
export type Authorize = (request: Request) => AuthorizeResult | Promise<AuthorizeResult>

/** The outcome of `authorize`. */
export type Authorization =
  | { readonly status: 'authorized'; readonly userId: string }
  | { readonly status: 401 | 403 }
  | { readonly status: 'response'; readonly response: Response }

/**
 * Calls `authorize`. Frameworks reject a request by throwing a `Response`, or an error with the status 401 or 403: that is an
 * outcome, too.
 *
 * @throws TypeError if `authorize` returns anything else; otherwise what it throws.
 */
export async function callAuthorize(
  owner: string,
  authorize: Authorize,
  request: Request,
  deadline: Deadline,
): Promise<Authorization> {
  try {
    return readResult(owner, await deadline.wait('authorize', authorize(request)))
  } catch (error) {
    if (isFrameworkError(error)) throw error
    if (isResponse(error)) return { status: 'response', response: error }
    const status = readStatus(error)
    if (status === undefined) throw error
    return { status }
  }
}

function readResult(owner: string, result: unknown): Authorization {
  if (result === false || result === undefined || result === null) return { status: 401 }
  if (isResponse(result)) return { status: 'response', response: result }
  if (typeof result === 'string' && result !== '') return { status: 'authorized', userId: result }
  throw new TypeError(
    `${owner}: authorize must return a user id (a non-empty string), false or a Response, got ${describeValue(result)}`,
  )
}

/** Not `instanceof`: adapters replace the global class, and other implementations of Fetch have their own. */
function isResponse(value: unknown): value is Response {
  try {
    return Object.prototype.toString.call(value) === '[object Response]'
  } catch {
    return false // a hostile proxy
  }
}

/** Reads the status of an error: `status` in Hono and SvelteKit, `statusCode` in h3, both in http-errors. */
function readStatus(error: unknown): 401 | 403 | undefined {
  try {
    if (!isObject(error)) return undefined
    const status = error.status ?? error.statusCode
    return status === 401 || status === 403 ? status : undefined
  } catch {
    return undefined // a getter that throws
  }
}

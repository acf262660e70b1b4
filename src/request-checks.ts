/** Checks the URL and the options of a request before it is made. */
import { canParseUrls } from './config/ice-url.js'
import { assertOption } from './option-checks.js'
import { causeWithout } from './safe-cause.js'
import { isObject } from './type-guards.js'

/** Schemes of URLs that are often taken for that of the backend. */
const OTHER_SCHEMES = ['stun:', 'stuns:', 'turn:', 'turns:', 'ws:', 'wss:']

/** Methods that the Fetch standard forbids, and those without a body. */
const FORBIDDEN_METHOD = /^(?:connect|trace|track)$/i
const METHOD_WITHOUT_BODY = /^(?:get|head)$/i

/** A token (RFC 9110 §5.6.2): names of methods and headers. */
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/

/** The members of a URL, read at once: in React Native before 0.80 they throw. */
type ParsedUrl = Pick<URL, 'href' | 'protocol' | 'username' | 'password' | 'hostname' | 'origin' | 'pathname'>

/** Returns `undefined` if the URL is invalid, or relative without a base URL: in Node and in `blob:` workers. */
export function resolveUrl(url: string | URL): ParsedUrl | undefined {
  return parseUrl(url, globalThis.document?.baseURI ?? globalThis.location?.href)
}

/**
 * Throws if an endpoint can never be requested. A relative URL is accepted without a page too: a provider that is
 * created while a page is rendered on a server makes no request there.
 *
 * @throws TypeError without the URL, which can contain a token.
 */
export function assertEndpointUrl(owner: string, endpoint: string | URL): void {
  const url = parseUrl(endpoint, 'https://page.invalid')
  assertOption(url !== undefined, owner, 'endpoint', 'a valid URL', endpoint)
  const { protocol, username, password } = url
  if (OTHER_SCHEMES.includes(protocol)) {
    throw new TypeError(`${owner}: endpoint must be the URL of a backend, got a ${protocol} URL`)
  }
  if (username || password) {
    throw new TypeError(
      `${owner}: fetch rejects an endpoint with a username or password; pass headers instead`,
    )
  }
}

/** What {@link assertRequest} checks. */
interface RequestOptions {
  readonly method?: string
  readonly headers?: unknown
  readonly json?: unknown
}

/** @throws TypeError if `fetch` can never send a request with these options; without a header or a value of `json`. */
export function assertRequest(owner: string, options: RequestOptions): void {
  const { method = 'POST', headers, json } = options
  const isAllowed = TOKEN.test(method) && !FORBIDDEN_METHOD.test(method)
  assertOption(isAllowed, owner, 'method', 'an HTTP method that fetch allows', method)
  if ('json' in options) {
    if (METHOD_WITHOUT_BODY.test(method)) {
      throw new TypeError(
        `${owner}: json cannot be sent with ${method.toUpperCase()}: remove method, or pass 'POST'`,
      )
    }
    assertOption(isSerializable(json), owner, 'json', 'a value that JSON can contain', json)
  }
  if (typeof headers === 'function') return
  const problem = findHeaderProblem(headers)
  if (problem) throw new TypeError(`${owner}: ${problem.message}`)
}

/** Why `fetch` rejects headers. Contains no value. */
export interface HeaderProblem {
  readonly message: string
  readonly cause: Error
}

/** Returns the first problem of the headers; `undefined` if `fetch` accepts them, and without the class `Headers`. */
export function findHeaderProblem(headers: unknown): HeaderProblem | undefined {
  if (headers === undefined || typeof Headers !== 'function') return undefined
  try {
    new Headers(headers as HeadersInit)
    return undefined
  } catch (error) {
    const { name = '', value = '' } = findRejectedHeader(headers) ?? {}
    const isValueRejected = TOKEN.test(name)
    const what = isValueRejected
      ? `the value of the header ${name}`
      : 'the name of a header, or the form of headers'
    const secrets = isValueRejected ? [value] : [name, value, String(headers)]
    return { message: `headers: fetch rejects ${what}`, cause: causeWithout(secrets, error) }
  }
}

/** The members of a record are tested one by one, because engines do not say which one they reject. */
function findRejectedHeader(headers: unknown): { name: string; value: string } | undefined {
  const pairs = Array.isArray(headers) ? headers : isObject(headers) ? Object.entries(headers) : []
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) return undefined
    const [name, value] = pair.map(String) as [string, string]
    if (!isHeader(name, value)) return { name, value }
  }
  return undefined
}

function isHeader(name: string, value: string): boolean {
  try {
    new Headers([[name, value]])
    return true
  } catch {
    return false
  }
}

function isSerializable(value: unknown): boolean {
  try {
    return JSON.stringify(value) !== undefined
  } catch {
    return false // circular, or with a BigInt
  }
}

function parseUrl(url: string | URL, base: string | undefined): ParsedUrl | undefined {
  try {
    const { href, protocol, username, password, hostname, origin, pathname } = new URL(url, base)
    return { href, protocol, username, password, hostname, origin, pathname }
  } catch {
    return canParseUrls() ? undefined : parsePlainUrl(`${url}`)
  }
}

/** Parses an absolute URL without user info where the engine does not. */
function parsePlainUrl(href: string): ParsedUrl | undefined {
  const [, origin, protocol, hostname, pathname = '/'] =
    /^((https?:)\/\/([\w.-]+)(?::\d+)?)(\/[^?#]*)?(?:[?#]|$)/.exec(href) ?? []
  if (!origin || !protocol || !hostname) return undefined
  return { href, protocol, username: '', password: '', hostname, origin, pathname }
}

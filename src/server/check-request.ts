/** Checks a request before the user is authenticated. */
import type { Respond } from './format-response.js'

const METHODS = ['GET', 'HEAD', 'POST']

/**
 * Returns the response to a preflight, to an unsupported method, or to a page of another site; `undefined` for any other
 * request.
 *
 * @param isAllowedOrigin - Whether the request has an `Origin` that is one of `allowedOrigins`.
 */
export function checkRequest(
  request: Request,
  isAllowedOrigin: boolean,
  respond: Respond,
): Response | undefined {
  if (request.method === 'OPTIONS') return respond(204)
  if (!METHODS.includes(request.method)) {
    return respond(405, { error: 'method not allowed' }, { allow: 'GET, HEAD, POST, OPTIONS' })
  }
  if (isAllowedOrigin || !isCrossSite(request)) return undefined
  return respond(403, { error: 'origin not allowed' })
}

/**
 * Whether a page of another origin sent the request, with the cookies of the user. Only browsers send these headers, and pages
 * cannot change them (Fetch, W3C Fetch Metadata): a client without them is not a page.
 */
function isCrossSite({ headers, url }: Request): boolean {
  const site = headers.get('sec-fetch-site')
  if (site === 'cross-site') return true
  const origin = headers.get('origin')
  if (origin === null || site === 'same-origin') return false
  // Not the whole origin: a proxy that ends TLS changes the scheme. With a proxy that changes the host, the browser's
  // `same-origin` decides.
  const host = hostOf(origin)
  return host === undefined || (host !== hostOf(url) && host !== headers.get('host')?.toLowerCase())
}

function hostOf(url: string): string | undefined {
  try {
    return new URL(url).host || undefined
  } catch {
    return undefined
  }
}

/** Reads the servers of `Link` headers, with which WHIP and WHEP servers send them (RFC 9725 §4.6). */
import { isObject } from '../type-guards.js'
import type { RTCIceServer } from './ice-server.js'

/** The URL of a link and its parameters (RFC 8288 §3), whose names are in lower case. */
interface Link {
  readonly url: string
  readonly parameters: ReadonlyMap<string, string>
}

/** Attributes of a link that become members of a server. */
const MEMBERS = { username: 'username', credential: 'credential', credentialType: 'credential-type' }

/**
 * Returns the servers in the `Link` headers with `rel="ice-server"`, one for each link, in their order; an empty list if
 * there are none. For clients of WHIP and WHEP (RFC 9725 §4.6), which receive them with the response to their offer. The
 * servers are not validated: pass them to {@link readIceConfiguration}, or the headers themselves. In a browser, a
 * cross-origin server has to name `Link` in `Access-Control-Expose-Headers`.
 *
 * @param headers - The headers of the response, or the value of its `Link` header.
 *
 * @example
 * ```ts
 * const response = await fetch('/whip', { method: 'OPTIONS' })
 * const pc = new RTCPeerConnection({ iceServers: readIceServerLinks(response.headers) })
 * ```
 * @group Validation and configuration
 */
export function readIceServerLinks(headers: Pick<Headers, 'get'> | string): RTCIceServer[] {
  const value = typeof headers === 'string' ? headers : (headers.get('link') ?? '')
  return parseLinks(value).filter(isIceServerLink).map(toServer)
}

/** Returns the body, or the servers of the `Link` headers if it cannot contain any: it is empty or SDP. */
export function bodyOrLinkedServers(body: unknown, headers: Pick<Headers, 'get'> | undefined): unknown {
  if (isObject(body) || !headers) return body
  const iceServers = readIceServerLinks(headers)
  return iceServers.length > 0 ? { iceServers } : body
}

/** `rel` is a list of relation types, which are compared regardless of case (RFC 8288 §2.1.1 and §3.3). */
function isIceServerLink({ parameters }: Link): boolean {
  return (parameters.get('rel') ?? '').toLowerCase().split(/\s+/).includes('ice-server')
}

function toServer({ url, parameters }: Link): RTCIceServer {
  const members = Object.entries(MEMBERS).map(([member, name]) => [member, parameters.get(name)])
  return { urls: url, ...Object.fromEntries(members.filter(([, value]) => value !== undefined)) }
}

/** `<url>`, then a parameter or the comma before the next link. A value is a token or a quoted string. */
const URL_PART = /[\s,]*<([^>]*)>/y
const PARAMETER = /\s*;\s*([^\s=;,"]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?|\s*;/y

/** Parses a list of links. `Headers` joins several headers with commas. Stops at what is not a link. */
function parseLinks(value: string): Link[] {
  const links: Link[] = []
  let position = 0
  const read = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = position
    const match = pattern.exec(value)
    if (match) position = pattern.lastIndex
    return match
  }
  for (let link = read(URL_PART); link; link = read(URL_PART)) {
    const parameters = new Map<string, string>()
    for (let match = read(PARAMETER); match; match = read(PARAMETER)) {
      const [, name = '', quoted, token = ''] = match
      const key = name.toLowerCase()
      // Further occurrences of a parameter are ignored (RFC 8288 §3.3 and §3.4.1).
      if (!parameters.has(key)) parameters.set(key, quoted?.replace(/\\(.)/g, '$1') ?? token)
    }
    links.push({ url: (link[1] ?? '').trim(), parameters })
  }
  return links
}

/** Parses STUN and TURN URLs. */

/** The transport between the browser and the server. With `turns` and `stuns`, `tcp` means TLS. @group Validation and configuration */
export type IceTransport = 'udp' | 'tcp'

/** A parsed STUN or TURN URL. @group Validation and configuration */
export interface IceUrl {
  /** The URL without the white space and line breaks that URL parsers remove. */
  readonly href: string
  /** In lower case. The `s` means TLS, or DTLS over UDP. */
  readonly scheme: 'stun' | 'stuns' | 'turn' | 'turns'
  /**
   * Host as the URL standard writes it: a name in lower case and in Punycode, an IPv4 address, or an IPv6 address in brackets
   * and in its short form (RFC 5952).
   */
  readonly host: string
  /** Port of the URL, or the default of the scheme: 3478, with TLS 5349. */
  readonly port: number
  /** Transport of the URL, or the default of the scheme: `udp`, with TLS `tcp`. */
  readonly transport: IceTransport
}

/** Result of {@link parseIceUrl}. @group Validation and configuration */
export type ParseIceUrlResult =
  | { readonly ok: true; readonly url: IceUrl }
  | { readonly ok: false; readonly reason: string }

/** Scheme, host, port and query. Each extends to the next delimiter. Matches every string. */
const URL_PARTS = /^(?:(stuns?|turns?):)?(\[[^\]]*\]|[^:?]*)(?::([^?]*))?(?:\?(.*))?$/is

const TRANSPORT = /^transport=(udp|tcp)$/

const SPACE = 0x20

/** Characters that end the host of an https URL or begin its user info, and those that one of the browsers rejects. */
const NOT_IN_HOST = /[\0- /\\#@"*`{}]/

/** A host that an engine without a URL parser is passed: a name of ASCII letters, an IPv4 address, or an IPv6 address. */
const PLAIN_HOST = /^(?:[\w-]+(?:\.[\w-]+)*\.?|\[[\da-f:.]+\])$/i

/** Far longer than any name (RFC 1035 §2.3.4), so that the work is bounded. */
const MAX_HOST_LENGTH = 4096

/**
 * Parses a STUN or TURN URL, or returns the reason why it is invalid.
 *
 * Accepts the URLs of RFC 7064 and RFC 7065 that browsers accept (W3C webrtc-pc, "validate an ICE server URL"):
 * without path, user info or fragment; without a query on `stun(s)`, and with no query other than `transport=udp` or
 * `transport=tcp` on `turn(s)`. Hosts are those of the URL standard. Like a URL parser it ignores white space at both ends.
 * Runs in linear time.
 *
 * @example
 * ```ts
 * parseIceUrl('turns:turn.example.org')
 * // { ok: true, url: { href: …, scheme: 'turns', host: 'turn.example.org', port: 5349, transport: 'tcp' } }
 * parseIceUrl('turn:example.org:99999') // { ok: false, reason: 'the port must be a number from 1 to 65535' }
 * ```
 * @group Validation and configuration
 */
export function parseIceUrl(text: string): ParseIceUrlResult {
  const href = removeWhiteSpace(String(text))
  const [, schemePart, hostPart = '', explicitPort, query] = URL_PARTS.exec(href) ?? []
  if (!schemePart) return invalid('the URL must begin with stun:, stuns:, turn: or turns:')
  const scheme = schemePart.toLowerCase() as IceUrl['scheme']
  const host = normalizeHost(hostPart)
  const isTls = scheme.endsWith('s')

  if (host === undefined) return invalid('the host must be a name or an IP address')

  const portPart = explicitPort ?? (isTls ? '5349' : '3478')
  const port = /^\d+$/.test(portPart) ? Number(portPart) : 0
  if (port < 1 || port > 65535) return invalid('the port must be a number from 1 to 65535')

  if (query !== undefined && !isTurnScheme(scheme)) return invalid(`a ${scheme}: URL must not have a query`)
  const transport = query === undefined ? (isTls ? 'tcp' : 'udp') : TRANSPORT.exec(query)?.[1]
  if (!transport) return invalid('the query must be transport=udp or transport=tcp')
  return { ok: true, url: { href, scheme, host, port, transport: transport as IceTransport } }
}

/** Whether a URL with this scheme requires credentials. */
export function isTurnScheme(scheme: IceUrl['scheme']): boolean {
  return scheme === 'turn' || scheme === 'turns'
}

/** Whether a text is a valid URL of a TURN server. */
export function isTurnUrl(text: string): boolean {
  const parsed = parseIceUrl(text)
  return parsed.ok && isTurnScheme(parsed.url.scheme)
}

/** Removes what URL parsers remove: spaces and control characters at both ends, tabs and line breaks anywhere. */
function removeWhiteSpace(text: string): string {
  let [start, end] = [0, text.length]
  while (start < end && text.charCodeAt(start) <= SPACE) start++
  while (start < end && text.charCodeAt(end - 1) <= SPACE) end--
  return text.slice(start, end).replaceAll(/[\t\n\r]/g, '')
}

function invalid(reason: string): ParseIceUrlResult {
  return { ok: false, reason }
}

/** W3C webrtc-pc parses the host like that of an https URL. Returns `undefined` if it is not valid. */
function normalizeHost(host: string): string | undefined {
  if (host.length > MAX_HOST_LENGTH || NOT_IN_HOST.test(host)) return undefined
  try {
    const { hostname } = new URL(`https://${host}`)
    return hostname.includes('%') ? undefined : hostname // Chromium keeps the escape of a character that no host has.
  } catch {
    return canParseUrls() || !PLAIN_HOST.test(host) ? undefined : host.toLowerCase()
  }
}

/** Whether the engine parses URLs. The members of `URL` throw in React Native before 0.80. */
export function canParseUrls(): boolean {
  try {
    return new URL('https://example.org').hostname === 'example.org'
  } catch {
    return false
  }
}

/** Returns the URL with all defaults, so that equal URLs are equal strings. */
export function canonicalUrl({ scheme, host, port, transport }: IceUrl): string {
  return `${scheme}:${host}:${port}?transport=${transport}`
}

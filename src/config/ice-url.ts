/** Parses STUN and TURN URLs. */

/** The transport between the browser and the server. With `turns` and `stuns`, `tcp` means TLS. */
export type IceTransport = 'udp' | 'tcp'

/** A parsed STUN or TURN URL. */
export interface IceUrl {
  /** The URL before parsing. */
  readonly href: string
  /** In lower case. The `s` means TLS, or DTLS over UDP. */
  readonly scheme: 'stun' | 'stuns' | 'turn' | 'turns'
  /** Name, IPv4 address, or IPv6 address in brackets and in its short form (RFC 5952), in lower case. */
  readonly host: string
  /** Port of the URL, or the default of the scheme: 3478, with TLS 5349. */
  readonly port: number
  /** Transport of the URL, or the default of the scheme: `udp`, with TLS `tcp`. */
  readonly transport: IceTransport
}

/** Result of {@link parseIceUrl}. */
export type ParseIceUrlResult =
  | { readonly ok: true; readonly url: IceUrl }
  | { readonly ok: false; readonly reason: string }

/** Scheme, host, port and query. Each extends to the next delimiter. Matches every string. */
const URL_PARTS = /^(?:(stuns?|turns?):)?(\[[^\]]*\]|[^:?]*)(?::([^?]*))?(?:\?(.*))?$/is

const TRANSPORT = /^transport=(udp|tcp)$/

/** The characters of an IPv6 address, or a DNS name with the label lengths of RFC 1035 §2.3.4. */
const HOST = /^(?:\[[\da-f:.]+\]|[\w-]{1,63}(?:\.[\w-]{1,63})*\.?)$/i
const MAX_HOST_LENGTH = 254

/**
 * Parses a STUN or TURN URL, or returns the reason why it is invalid.
 *
 * Accepts the URLs of RFC 7064 and RFC 7065 that browsers accept (W3C webrtc-pc, "validate an ICE server URL"):
 * without path, user info, fragment or white space; without a query on `stun(s)`, and with no query other than
 * `transport=udp` or `transport=tcp` on `turn(s)`. Names are ASCII: internationalized names must be in Punycode.
 * Runs in linear time.
 *
 * @example
 * ```ts
 * parseIceUrl('turns:turn.example.org')
 * // { ok: true, url: { href: …, scheme: 'turns', host: 'turn.example.org', port: 5349, transport: 'tcp' } }
 * parseIceUrl('turn:example.org:99999') // { ok: false, reason: 'the port must be a number from 1 to 65535' }
 * ```
 */
export function parseIceUrl(href: string): ParseIceUrlResult {
  const [, schemePart, hostPart = '', explicitPort, query] = URL_PARTS.exec(href) ?? []
  if (!schemePart) return invalid('the URL must begin with stun:, stuns:, turn: or turns:')
  const scheme = schemePart.toLowerCase() as IceUrl['scheme']
  const host = normalizeHost(hostPart.toLowerCase())
  const isTls = scheme.endsWith('s')

  if (host === undefined) return invalid('the host must be a name or an IP address')

  const portPart = explicitPort ?? (isTls ? '5349' : '3478')
  const port = /^\d{1,5}$/.test(portPart) ? Number(portPart) : 0
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

function invalid(reason: string): ParseIceUrlResult {
  return { ok: false, reason }
}

/**
 * W3C webrtc-pc parses the host like that of an https URL, which covers IPv6 and Punycode. The URL parser writes an
 * IPv6 address in its short form. If it changes another host, such as `1.2.3` or `0x7f.1`, it has read an IPv4 address that RFC 3986
 * §3.2.2 does not allow.
 */
function normalizeHost(host: string): string | undefined {
  if (host.length > MAX_HOST_LENGTH || !HOST.test(host)) return undefined
  try {
    const { hostname } = new URL(`https://${host}`)
    return hostname === host || host.startsWith('[') ? hostname : undefined
  } catch {
    return undefined
  }
}

/** Returns the URL with all defaults, so that equal URLs are equal strings. */
export function canonicalUrl({ scheme, host, port, transport }: IceUrl): string {
  return `${scheme}:${host}:${port}?transport=${transport}`
}

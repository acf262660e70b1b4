/** How packets travel between the browser and the server. With `turns` and `stuns`, `tcp` means TLS. */
export type IceTransport = 'udp' | 'tcp'

/** A STUN or TURN URL, taken apart. */
export interface IceUrl {
  /** The URL as it was given. */
  readonly href: string
  /** In lower case. The `s` means TLS, or DTLS over UDP. */
  readonly scheme: 'stun' | 'stuns' | 'turn' | 'turns'
  /** Name, IPv4 address, or IPv6 address in brackets, in lower case. */
  readonly host: string
  /** Port from the URL, or the scheme's default: 3478, with TLS 5349. */
  readonly port: number
  /** Transport from the URL, or the scheme's default: `udp`, with TLS `tcp`. */
  readonly transport: IceTransport
}

/** What {@link parseIceUrl} found. */
export type ParseIceUrlResult =
  | { readonly ok: true; readonly url: IceUrl }
  | { readonly ok: false; readonly reason: string }

type Parts = readonly [href: string, scheme: string | undefined, host: string, port?: string, query?: string]

/** Scheme, host, port and query, each as long as the next delimiter allows. Matches any text. */
const PARTS = /^(?:(stuns?|turns?):)?(\[[^\]]*\]|[^:?]*)(?::([^?]*))?(?:\?(.*))?$/is

const TRANSPORT = /^transport=(udp|tcp)$/

/** The characters of an IPv6 address, or a DNS name with labels as RFC 1035 §2.3.4 has them. */
const HOST = /^(?:\[[\da-f:.]+\]|[\w-]{1,63}(?:\.[\w-]{1,63})*\.?)$/i
const MAX_HOST_LENGTH = 254

/**
 * Takes a STUN or TURN URL apart, or says why it is none.
 *
 * Accepts what RFC 7064 and RFC 7065 describe, within what browsers accept (W3C webrtc-pc, "validate an ICE
 * server URL"): no path, user info, fragment or white space; no query on `stun(s)`, and on `turn(s)` nothing
 * but `transport=udp` or `transport=tcp`. Names are ASCII: give an internationalised name in punycode.
 * The time is proportional to the length of the input.
 *
 * @example
 * ```ts
 * parseIceUrl('turns:turn.example.org')
 * // { ok: true, url: { href: …, scheme: 'turns', host: 'turn.example.org', port: 5349, transport: 'tcp' } }
 * parseIceUrl('turn:example.org:99999') // { ok: false, reason: 'the port is not a number from 1 to 65535' }
 * ```
 */
export function parseIceUrl(href: string): ParseIceUrlResult {
  const [, schemePart, hostPart, givenPort, query] = PARTS.exec(href) as unknown as Parts
  if (!schemePart) return fault('the scheme is not stun(s) or turn(s)')
  const scheme = schemePart.toLowerCase() as IceUrl['scheme']
  const host = hostPart.toLowerCase()
  const isTls = scheme.endsWith('s')

  if (!isValidHost(host)) return fault('the host is not a valid name or address')

  const portPart = givenPort ?? (isTls ? '5349' : '3478')
  const port = /^\d{1,5}$/.test(portPart) ? Number(portPart) : 0
  if (port < 1 || port > 65535) return fault('the port is not a number from 1 to 65535')

  if (query !== undefined && !isTurnScheme(scheme)) return fault(`a ${scheme} URL has no query`)
  const transport = query === undefined ? (isTls ? 'tcp' : 'udp') : TRANSPORT.exec(query)?.[1]
  if (!transport) return fault('the query is not transport=udp or transport=tcp')
  return { ok: true, url: { href, scheme, host, port, transport: transport as IceTransport } }
}

/** Tells whether a server of this scheme needs credentials. */
export function isTurnScheme(scheme: IceUrl['scheme']): boolean {
  return scheme.startsWith('turn')
}

function fault(reason: string): ParseIceUrlResult {
  return { ok: false, reason }
}

/**
 * W3C webrtc-pc has the host parsed as the one of an https URL, and so does this: that knows IPv6 and punycode. It may
 * write an IPv6 address otherwise; any other host that it changes, such as `1.2.3` or `0x7f.1`, it took for an IPv4
 * address, which RFC 3986 §3.2.2 does not.
 */
function isValidHost(host: string): boolean {
  if (host.length > MAX_HOST_LENGTH || !HOST.test(host)) return false
  try {
    const { hostname } = new URL(`https://${host}`)
    return hostname === host || host.startsWith('[')
  } catch {
    return false
  }
}

/** Writes down all that a URL says or leaves to defaults, so that equal ones are equal texts. */
export function canonicalUrl({ scheme, host, port, transport }: IceUrl): string {
  return `${scheme}:${host}:${port}?transport=${transport}`
}

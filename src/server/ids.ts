/**
 * Checks an id that becomes part of a URL's path: Cloudflare's have letters, digits, `-` and `_`, so nothing
 * that could lead elsewhere.
 *
 * @throws TypeError naming it.
 */
export function requireId(name: string, id: string): string {
  if (typeof id !== 'string' || !/^[\w-]{1,100}$/.test(id)) {
    throw new TypeError(`${name} must consist of letters, digits, - and _`)
  }
  return id
}

/** Describes the body of a response. */

/** Members with other names could be secrets. */
const MEMBER_NAME = /^[a-z]\w{0,30}$/i
const MAX_MEMBERS = 10

/** Returns the JSON of a body, or its text: servers can also be in `Link` headers, beside a body that is not JSON. */
export function parseBody(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** Returns what a body is, with the names of its members, but without their values. */
export function describeShape(body: unknown): string {
  if (Array.isArray(body)) return 'an array'
  if (typeof body !== 'object' || body === null) return 'not JSON; the servers are in Link headers'
  const names = Object.keys(body).filter((name) => MEMBER_NAME.test(name))
  return `an object with ${names.slice(0, MAX_MEMBERS).join(', ')}`
}

/** Reads the headers that the user passes. */
import { type CommandIo, UsageError } from '../command.js'
import { isSecretPlace, readSecretAt } from '../read-secret.js'

/** Headers whose values are secrets. */
const SECRET_HEADER = /auth|cookie|credential|csrf|jwt|key|password|secret|session|signature|token/i

/** Headers that pages cannot set (Fetch standard, "forbidden request-header"). A cookie is one that the browser adds. */
const FORBIDDEN_HEADER =
  /^(?:accept-charset|accept-encoding|access-control-.*|connection|content-length|cookie2|date|dnt|expect|host|keep-alive|origin|proxy-.*|referer|sec-.*|set-cookie|te|trailer|transfer-encoding|upgrade|via)$/i

/**
 * Resolves with the headers.
 *
 * @throws {@link UsageError} for a line that is not a header, or whose secret is an argument. Contains no value.
 */
export async function parseHeaders(lines: readonly string[], io: CommandIo): Promise<Headers> {
  const headers = new Headers()
  for (const line of lines) {
    const [, name, text] = /^([^:\s]+):\s*(.+)$/.exec(line) ?? []
    if (!name || !text) throw new UsageError('--header must be a name, a colon and a value')
    if (FORBIDDEN_HEADER.test(name))
      throw new UsageError(`--header ${name}: browsers do not let pages set this header`)
    const isSecret = isSecretPlace(text) || SECRET_HEADER.test(name)
    const value = isSecret ? await readSecretAt(text, io, `--header ${name}`) : text
    try {
      headers.append(name, value)
    } catch {
      throw new UsageError(`--header ${name} is not a valid header`)
    }
  }
  return headers
}

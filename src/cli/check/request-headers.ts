/** Reads the headers that the user passes. */
import { type CommandIo, UsageError } from '../command.js'
import { readSecretAt } from '../read-secret.js'

/** Headers whose values are secrets. */
const SECRET_HEADER = /authorization|cookie|token|secret|key|auth/i

/** Values that name the place of a secret. */
const PLACE = /^(?:env:|file:|-$)/

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
    const isPlace = PLACE.test(text)
    const value =
      isPlace || SECRET_HEADER.test(name)
        ? await readSecretAt(text, io, `the value of --header ${name}`)
        : text
    try {
      headers.append(name, value)
    } catch {
      throw new UsageError(`--header ${name} is not a valid header`)
    }
  }
  return headers
}

/** Reads secrets from where they do not show in process lists: environment variables, files and standard input. */
import { createReadStream } from 'node:fs'
import { type CommandIo, UsageError } from './command.js'

/** Longer files are not secrets. */
const MAX_SECRET_LENGTH = 10_000

const PLACE = /^(?:-|(env|file):(.+))$/s

/**
 * Returns a variable.
 *
 * @throws {@link UsageError} if it is not set or empty.
 */
export function requireVariable({ env }: CommandIo, name: string, what: string): string {
  const value = env[name]?.trim()
  if (!value) throw new UsageError(`set the environment variable ${name} to ${what}`)
  return value
}

/** Returns whether a text names the place of a secret, see {@link readSecretAt}. */
export function isSecretPlace(text: string): boolean {
  return PLACE.test(text)
}

/**
 * Resolves with the secret at a place: `env:NAME`, `file:PATH`, or `-` for standard input.
 *
 * @throws {@link UsageError} for everything else, without its text, because it could be the secret.
 */
export async function readSecretAt(place: string, io: CommandIo, option: string): Promise<string> {
  const [match, scheme, name = ''] = PLACE.exec(place) ?? []
  if (scheme === 'env') return requireVariable(io, name, `the value of ${option}`)
  if (match) return readSecretFile(name || '-', io, option)
  const places = 'env:NAME, file:PATH or - for standard input'
  throw new UsageError(
    `${option}: pass the whole value as ${places}, because arguments show in process lists`,
  )
}

/** Resolves with the text of a file, or of standard input for `-`, without white space around it. */
export async function readSecretFile(path: string, io: CommandIo, option: string): Promise<string> {
  const text = path === '-' ? await readAll(io.stdin) : await readNamedFile(path, option)
  const secret = text.trim()
  const name = path === '-' ? 'standard input' : path
  if (!secret) throw new UsageError(`${option}: ${name} is empty`)
  if (secret.length > MAX_SECRET_LENGTH) throw new UsageError(`${option}: ${name} is too long for a secret`)
  return secret
}

/** Reads no more of a large file than shows that it is too long. */
async function readNamedFile(path: string, option: string): Promise<string> {
  try {
    return await readAll(createReadStream(path, { end: MAX_SECRET_LENGTH }))
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new UsageError(`${option}: cannot read ${path} (${code})`, { cause: error })
  }
}

async function readAll(stdin: CommandIo['stdin']): Promise<string> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk))
    length += chunk.length
    if (length > MAX_SECRET_LENGTH) break
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Reads secrets from where they do not show in process lists: environment variables, files and standard input. */
import { readFile } from 'node:fs/promises'
import { type CommandIo, UsageError } from './command.js'

/** Longer files are not secrets. */
const MAX_SECRET_LENGTH = 10_000

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

/** Resolves with the text of a file, or of standard input for `-`, without white space around it. */
export async function readSecretFile(path: string, io: CommandIo, option: string): Promise<string> {
  const text = path === '-' ? await readAll(io.stdin) : await readNamedFile(path, option)
  const secret = text.trim()
  if (!secret) throw new UsageError(`${option}: ${path === '-' ? 'standard input' : path} is empty`)
  if (secret.length > MAX_SECRET_LENGTH) throw new UsageError(`${option}: ${path} is too long for a secret`)
  return secret
}

/**
 * Resolves with the secret at a place: `env:NAME`, `file:PATH`, or `-` for standard input.
 *
 * @throws {@link UsageError} for everything else, without its text, because it could be the secret.
 */
export async function readSecretAt(place: string, io: CommandIo, option: string): Promise<string> {
  if (place === '-') return readSecretFile('-', io, option)
  const [, scheme, name = ''] = /^(env|file):(.+)$/s.exec(place) ?? []
  if (scheme === 'env') return requireVariable(io, name, `the value of ${option}`)
  if (scheme === 'file') return readSecretFile(name, io, option)
  throw new UsageError(
    `${option} must be env:NAME, file:PATH or - for standard input, because arguments show in process lists`,
  )
}

async function readNamedFile(path: string, option: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new UsageError(`${option}: cannot read ${path} (${(error as NodeJS.ErrnoException).code})`, {
      cause: error,
    })
  }
}

async function readAll(stdin: CommandIo['stdin']): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stdin) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

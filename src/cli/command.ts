/** What a command of `turnkeeper` is, and what it uses of the process. */

/** The values of `parseArgs` of Node. */
export type OptionValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

/** An option of a command. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean'
  /** A second name of one letter. */
  readonly short?: string
  /** Whether the option may be repeated. */
  readonly multiple?: boolean
  /** What stands for the value in the help. */
  readonly placeholder?: string
  readonly description: string
}

/** A command, such as `turnkeeper mint`. */
export interface Command {
  readonly name: string
  /** One line for the list of commands. */
  readonly summary: string
  /** What follows `turnkeeper <name>`. */
  readonly usage: string
  /** Longer explanations for the help, such as environment variables and exit codes. */
  readonly notes: readonly string[]
  readonly example: string
  readonly options: Readonly<Record<string, OptionSpec>>
  /** Resolves with the exit code. */
  run(input: CommandInput, io: CommandIo): Promise<number>
}

/** The parsed arguments of a command. */
export interface CommandInput {
  readonly positionals: readonly string[]
  readonly values: OptionValues
}

/** The parts of the process that commands use. */
export interface CommandIo {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly stdin: AsyncIterable<Buffer | string>
  readonly isStdinTerminal: boolean
  /** Whether to use colours in what {@link CommandIo.print} writes. */
  readonly hasColours: boolean
  /** Whether to show progress on standard error. */
  readonly showsProgress: boolean
  /** Writes to standard output. */
  print(text: string): void
  /** Writes to standard error. */
  printError(text: string): void
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal
  /** For tests: where Cloudflare's APIs are. */
  readonly cloudflare?: { readonly realtimeUrl: string; readonly accountsUrl: string }
}

/** Exit codes of all commands. `check` also uses 2. */
export const EXIT = { success: 0, failure: 1, noneUsable: 2, usage: 3, interrupted: 130 } as const

/** The arguments or the environment are not what the command needs. The exit code is 3. */
export class UsageError extends Error {
  override get name(): string {
    return 'UsageError'
  }
}

/** Resolves like the function. Errors about its arguments, which are those of the command, become {@link UsageError}. */
export async function asUsageError<T>(call: () => T | Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error
    throw new UsageError(error.message, { cause: error })
  }
}

/** Runs the command that the arguments name. */
import { type Command, type CommandIo, EXIT, UsageError } from './command.js'
import { check } from './commands/check.js'
import { keys } from './commands/keys.js'
import { mint } from './commands/mint.js'
import { revoke } from './commands/revoke.js'
import { printable } from './format-text.js'
import { formatHelp, formatOverview } from './help.js'
import { parseArguments, unknownName } from './parse-arguments.js'
import { CLEAR_LINE } from './terminal.js'

/** In the order of the help. */
export const COMMANDS: readonly Command[] = [check, mint, revoke, keys]

/** Resolves with the exit code. Prints errors in one line. */
export async function run(args: readonly string[], version: string, io: CommandIo): Promise<number> {
  const [name, ...rest] = args
  if (name === '--version') {
    io.print(`${version}\n`)
    return EXIT.success
  }
  if (name !== undefined && ['--help', '-h', 'help'].includes(name)) {
    io.print(formatOverview(COMMANDS))
    return EXIT.success
  }
  if (name === undefined) {
    io.printError(formatOverview(COMMANDS))
    return EXIT.usage
  }
  const command = COMMANDS.find((candidate) => candidate.name === name)
  if (!command) {
    const { message } = unknownName(
      'command',
      name,
      COMMANDS.map((known) => known.name),
    )
    io.printError(`turnkeeper: ${message}\n`)
    return EXIT.usage
  }
  try {
    const input = parseArguments(command, rest)
    if (!input.values.help) return await Promise.race([command.run(input, io), untilAborted(io.signal)])
    io.print(formatHelp(command))
    return EXIT.success
  } catch (error) {
    return report(command, error, rest.includes('--verbose'), io)
  }
}

/** Rejects when the signal aborts. What the command cleans up goes on. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })
}

/** Prints an error in one line, with `--verbose` its causes too. */
function report(command: Command, error: unknown, isVerbose: boolean, io: CommandIo): number {
  if (io.signal.aborted) {
    io.printError(`${io.showsProgress ? CLEAR_LINE : ''}turnkeeper ${command.name}: interrupted\n`)
    return EXIT.interrupted
  }
  io.printError(`turnkeeper ${command.name}: ${messageOf(error)}\n`)
  if (isVerbose) {
    for (let cause = causeOf(error); cause !== undefined; cause = causeOf(cause)) {
      io.printError(`  caused by: ${messageOf(cause)}\n`)
    }
  }
  return error instanceof UsageError ? EXIT.usage : EXIT.failure
}

function messageOf(error: unknown): string {
  return printable(error instanceof Error ? error.message : String(error))
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined
}

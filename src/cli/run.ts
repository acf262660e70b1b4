/** Runs the command that the arguments name. */
import { type Command, type CommandIo, EXIT, UsageError } from './command.js'
import { check } from './commands/check.js'
import { keys } from './commands/keys.js'
import { mint } from './commands/mint.js'
import { revoke } from './commands/revoke.js'
import { formatHelp, formatOverview } from './help.js'
import { parseArguments, unknownName } from './parse-arguments.js'

/** In the order of the help. */
export const COMMANDS: readonly Command[] = [check, mint, revoke, keys]

/** Resolves with the exit code. Prints errors in one line. */
export async function run(args: readonly string[], version: string, io: CommandIo): Promise<number> {
  const [name, ...rest] = args
  if (name === '--version') {
    io.print(`${version}\n`)
    return EXIT.success
  }
  if (name === '--help' || name === 'help') {
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
    if (!input.values.help) return await command.run(input, io)
    io.print(formatHelp(command))
    return EXIT.success
  } catch (error) {
    return report(command, error, rest.includes('--verbose'), io)
  }
}

/** Prints an error in one line, with `--verbose` its causes too. */
function report(command: Command, error: unknown, isVerbose: boolean, io: CommandIo): number {
  if (io.signal.aborted) {
    io.printError(`turnkeeper ${command.name}: interrupted\n`)
    return EXIT.interrupted
  }
  io.printError(`turnkeeper ${command.name}: ${messageOf(error)}\n`)
  if (isVerbose) {
    for (let cause = causeOf(error); cause !== undefined; cause = causeOf(cause)) {
      io.printError(`  caused by: ${messageOf(cause)}\n`)
    }
  }
  const isUsage = error instanceof UsageError || error instanceof TypeError || error instanceof RangeError
  return isUsage ? EXIT.usage : EXIT.failure
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\s+/g, ' ') : String(error)
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined
}

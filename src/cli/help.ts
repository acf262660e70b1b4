/** Writes the help texts. */
import type { Command, OptionSpec } from './command.js'
import { formatRows } from './format-text.js'

/** Options of every command. */
export const COMMON_OPTIONS: Readonly<Record<string, OptionSpec>> = {
  verbose: { type: 'boolean', description: 'print the causes of errors too' },
  help: { type: 'boolean', short: 'h', description: 'print this help' },
}

/** Returns the help of `turnkeeper` itself. */
export function formatOverview(commands: readonly Command[]): string {
  const rows = commands.map(({ name, summary }) => [name, summary] as const)
  return [
    'Usage: turnkeeper <command> [options]',
    '',
    'Commands:',
    ...formatRows(rows),
    '',
    'turnkeeper <command> --help prints the options of a command, turnkeeper --version the version.',
    '',
  ].join('\n')
}

/** Returns the help of a command. */
export function formatHelp({ name, usage, summary, options, notes, example }: Command): string {
  const rows = Object.entries({ ...options, ...COMMON_OPTIONS }).map(
    ([option, { placeholder, description }]) => {
      const value = placeholder ? ` <${placeholder}>` : ''
      return [`--${option}${value}`, description] as const
    },
  )
  return [
    `Usage: turnkeeper ${name} ${usage}`,
    '',
    `${summary[0]?.toUpperCase()}${summary.slice(1)}.`,
    '',
    'Options:',
    ...formatRows(rows),
    '',
    ...notes,
    '',
    'Example:',
    `  ${example}`,
    '',
  ].join('\n')
}

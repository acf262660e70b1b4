/** Parses the arguments of a command. */
import { parseArgs } from 'node:util'
import { type Command, type CommandInput, type OptionSpec, type OptionValues, UsageError } from './command.js'
import { COMMON_OPTIONS } from './help.js'
import { findNearest } from './nearest-name.js'

/**
 * Returns the options and the other arguments of a command.
 *
 * @throws {@link UsageError} for an unknown option, with the known one that is closest to it; for a missing value; for an
 * option that is repeated, although it must not be.
 */
export function parseArguments(command: Command, args: readonly string[]): CommandInput {
  const options = { ...command.options, ...COMMON_OPTIONS }
  const config = Object.fromEntries(
    Object.entries(options).map(([name, { type, multiple = false, short }]) => [
      name,
      { type, multiple, ...(short && { short }) },
    ]),
  )
  const { tokens } = parseArgs({ args: [...args], options: config, strict: false, tokens: true })
  checkOptions(
    tokens.filter((token) => token.kind === 'option'),
    options,
  )
  const { values, positionals } = parseArgs({ args: [...args], options: config, allowPositionals: true })
  return { values: values as OptionValues, positionals }
}

/** An option among the arguments, as `parseArgs` returns it. */
interface OptionToken {
  readonly name: string
  /** With its dashes. */
  readonly rawName: string
  readonly value?: string | undefined
}

function checkOptions(tokens: readonly OptionToken[], options: Readonly<Record<string, OptionSpec>>): void {
  const seen = new Set<string>()
  for (const { name, rawName, value } of tokens) {
    const option = Object.hasOwn(options, name) ? options[name] : undefined
    if (!option) {
      const known = Object.keys(options).map((other) => `--${other}`)
      throw unknownName('option', rawName, known)
    }
    if (option.type === 'string' && !value) throw new UsageError(`${rawName} requires a value`)
    if (option.type === 'boolean' && value !== undefined)
      throw new UsageError(`${rawName} does not take a value`)
    if (seen.has(name) && !option.multiple) throw new UsageError(`${rawName} must not be repeated`)
    seen.add(name)
  }
}

/** Returns the error for an unknown name, with the known one that is closest to it. */
export function unknownName(kind: string, name: string, known: readonly string[]): UsageError {
  const nearest = findNearest(name, known)
  return new UsageError(
    `unknown ${kind} ${name}${nearest ? ` (did you mean ${nearest}?)` : `; known: ${known.join(', ')}`}`,
  )
}

/** Returns the text of an option; `undefined` if it was not passed. */
export function textOf(values: OptionValues, name: string): string | undefined {
  const value = values[name]
  return typeof value === 'string' ? value : undefined
}

/** Returns the texts of an option that may be repeated. */
export function textsOf(values: OptionValues, name: string): readonly string[] {
  const value = values[name]
  return Array.isArray(value) ? value : []
}

/**
 * Returns the number of an option; `undefined` if it was not passed.
 *
 * @throws {@link UsageError} unless it is an integer within the limits.
 */
export function integerOf(values: OptionValues, name: string, min: number, max: number): number | undefined {
  const text = textOf(values, name)
  if (text === undefined) return undefined
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= min && number <= max) return number
  throw new UsageError(`--${name} must be an integer from ${min} to ${max}, got ${text}`)
}

/**
 * Returns the choice of an option; `undefined` if it was not passed.
 *
 * @throws {@link UsageError} unless it is one of the choices.
 */
export function choiceOf<T extends string>(
  values: OptionValues,
  name: string,
  choices: readonly T[],
): T | undefined {
  const text = textOf(values, name)
  if (text === undefined) return undefined
  const choice = choices.find((candidate) => candidate === text)
  if (choice) return choice
  throw new UsageError(`--${name} must be ${choices.join(' or ')}, got ${text}`)
}

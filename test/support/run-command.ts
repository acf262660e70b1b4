/** Runs the command of the package in this process. */
import type { CommandIo } from '../../src/cli/command.js'
import { run } from '../../src/cli/run.js'

/** What a command printed, and its exit code. */
export interface CommandResult {
  readonly exitCode: number
  readonly output: string
  readonly errorOutput: string
}

/** Runs `turnkeeper` with these arguments. Standard input contains the text. */
export async function runCommand(
  args: readonly string[],
  { stdin = '', ...parts }: Partial<Omit<CommandIo, 'stdin'>> & { readonly stdin?: string } = {},
): Promise<CommandResult> {
  const output: string[] = []
  const errorOutput: string[] = []
  async function* read() {
    yield Buffer.from(stdin)
  }
  const exitCode = await run(args, '1.2.3', {
    env: {},
    stdin: read(),
    isStdinTerminal: false,
    hasColours: false,
    showsProgress: false,
    print: (text) => void output.push(text),
    printError: (text) => void errorOutput.push(text),
    signal: new AbortController().signal,
    ...parts,
  })
  return { exitCode, output: output.join(''), errorOutput: errorOutput.join('') }
}

#!/usr/bin/env node
/** The command `turnkeeper`. */
import { createRequire } from 'node:module'
import { type CommandIo, EXIT } from './command.js'
import { hasColours } from './has-colours.js'
import { run } from './run.js'

const { version } = createRequire(import.meta.url)('turnkeeper/package.json') as { version: string }

/** The time that a command has for cleaning up after Ctrl-C. A second Ctrl-C ends the process at once. */
const CLEAN_UP_MS = 2000

const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interruption.abort()
    process.stdin.destroy()
    setTimeout(() => process.exit(EXIT.interrupted), CLEAN_UP_MS).unref()
  })
}

// A reader that closes the pipe, such as head, is not an error.
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') process.exit()
})

const io: CommandIo = {
  env: process.env,
  stdin: process.stdin,
  isStdinTerminal: process.stdin.isTTY === true,
  hasColours: hasColours(process.stdout, process.env),
  showsProgress: process.stderr.isTTY === true,
  print: (text) => void process.stdout.write(text),
  printError: (text) => void process.stderr.write(text),
  signal: interruption.signal,
}

process.exitCode = await run(process.argv.slice(2), version, io)

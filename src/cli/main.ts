#!/usr/bin/env node
/** The command `turnkeeper`. */
import { setMaxListeners } from 'node:events'
import { createRequire } from 'node:module'
import { type CommandIo, EXIT } from './command.js'
import { run } from './run.js'
import { hasColours, isCapable } from './terminal.js'

const { version } = createRequire(import.meta.url)('turnkeeper/package.json') as { version: string }

/** The time that a command has for cleaning up after Ctrl-C. A second Ctrl-C ends the process at once. */
const CLEAN_UP_MS = 2000

const interruption = new AbortController()
setMaxListeners(0, interruption.signal) // each step of a check listens
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    interruption.abort()
    process.stdin.destroy()
    setTimeout(() => process.exit(EXIT.interrupted), CLEAN_UP_MS).unref()
  })
}

let hasOutputFailed = false
process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
  // A reader that closes the pipe, such as head, is not an error. A full disk is.
  if (code === 'EPIPE') return
  hasOutputFailed = true
  process.stderr.write(`turnkeeper: the output cannot be written (${code})\n`)
})
process.stderr.on('error', () => {})

const io: CommandIo = {
  env: process.env,
  stdin: process.stdin,
  isStdinTerminal: process.stdin.isTTY === true,
  hasColours: hasColours(process.stdout, process.env),
  showsProgress: isCapable(process.stderr, process.env),
  print: (text) => void process.stdout.write(text),
  printError: (text) => void process.stderr.write(text),
  signal: interruption.signal,
}

const exitCode = await run(process.argv.slice(2), version, io)
await new Promise((resolve) => process.stdout.write('', resolve))
process.exitCode = hasOutputFailed && exitCode === EXIT.success ? EXIT.failure : exitCode
// Node waits for DNS lookups and connection attempts that have been given up. After Ctrl-C the command still cleans up.
if (!interruption.signal.aborted) process.exit()

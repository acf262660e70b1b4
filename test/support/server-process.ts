/** Runs a server program for the tests. */
import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { until } from './wait.js'

/** A server that is ready. */
export interface ServerProcess {
  /** Returns what it has written so far, to stdout and stderr. */
  log(): string
  stop(): Promise<void>
}

/** How a program reports that it is ready, and what it runs with. */
export interface ServerProcessOptions {
  readonly ready: RegExp
  readonly env?: Readonly<Record<string, string>>
  /** Removed after the program has stopped. */
  readonly folder?: string
}

/** Resolves when the program has written the text by which it reports that it is ready. Rejects if it exits before. */
export async function startServerProcess(
  program: string,
  args: readonly string[],
  { ready, env, folder }: ServerProcessOptions,
): Promise<ServerProcess> {
  const server = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  let text = ''
  const add = (chunk: Buffer) => {
    text += chunk
  }
  server.stdout.on('data', add)
  server.stderr.on('data', add)
  await until(() => ready.test(text) || server.exitCode !== null)
  if (server.exitCode !== null) throw new Error(`${program} did not start:\n${text}`)
  return {
    log: () => text,
    async stop() {
      if (server.exitCode === null) {
        const exited = new Promise((resolve) => server.once('exit', resolve))
        server.kill()
        await exited
      }
      if (folder) await rm(folder, { recursive: true })
    },
  }
}

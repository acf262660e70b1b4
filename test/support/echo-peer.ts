/** Starts the remote peers of `test/peers`, which answer offers and send every message back. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export type EchoPeer = ReturnType<typeof startEchoPeer>

/** Starts a Python program of `test/peers` with the Python of the system, whose packages it needs. */
export function startEchoPeer(fileName: string) {
  const program = fileURLToPath(new URL(`../peers/${fileName}`, import.meta.url))
  const child = spawn('/usr/bin/python3', [program], { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting = new Map<string, (sdp: string) => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { call, sdp } = JSON.parse(line)
    waiting.get(call)?.(sdp)
  })
  return {
    /** Resolves with the SDP answer to an offer of a call. */
    answer: (call: string, sdp: string) =>
      new Promise<string>((resolve) => {
        waiting.set(call, resolve)
        child.stdin.write(`${JSON.stringify({ call, sdp })}\n`)
      }),
    stop: () => child.kill(),
  }
}

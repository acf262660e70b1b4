/** Starts the remote peers of `test/peers`, which answer offers and send every message back. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { PYTHON } from './system-packages.js'

/** An offer of a page. */
export interface EchoOffer {
  readonly call: string
  readonly sdp: string
}

export type EchoPeer = ReturnType<typeof startEchoPeer>

/** Starts a program of `test/peers`. Python programs run with the Python of the system, which has their packages. */
export function startEchoPeer(fileName: string) {
  const program = fileURLToPath(new URL(`../peers/${fileName}`, import.meta.url))
  const interpreter = fileName.endsWith('.py') ? PYTHON : process.execPath
  const child = spawn(interpreter, [program], { stdio: ['pipe', 'pipe', 'inherit'] })
  const waiting = new Map<string, (sdp: string) => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { call, sdp } = JSON.parse(line)
    waiting.get(call)?.(sdp)
  })
  return {
    /** Resolves with the SDP answer to an offer. The peer uses these servers if it can use any. */
    answer: ({ call, sdp }: EchoOffer, iceServers: readonly RTCIceServer[]) =>
      new Promise<string>((resolve) => {
        waiting.set(call, resolve)
        child.stdin.write(`${JSON.stringify({ call, sdp, iceServers })}\n`)
      }),
    stop: () => child.kill(),
  }
}

/** Drives MiniBrowser, the test browser of WebKitGTK, over plain WebDriver on a virtual display. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram, hasProgram } from './system-packages.js'
import { wait } from './wait.js'

/** Returns whether it is installed. Throws with `CI=true` if it is not. */
export const hasWebKit = (): boolean => ['webkit', 'xvfb'].every(hasProgram)

/** A page in WebKit. */
export interface WebKitPage {
  open(url: string): Promise<void>
  /** Calls a function in the page, which may be async. Arguments and result are JSON. */
  evaluate<Args extends unknown[], Result>(
    call: (...args: Args) => Result | Promise<Result>,
    ...args: Args
  ): Promise<Result>
  close(): Promise<void>
}

/** Starts the browser with one page. */
export async function launchWebKit(): Promise<WebKitPage> {
  const folder = await mkdtemp(join(tmpdir(), 'turnkeeper-webkit-'))
  const display = spawn(findProgram('xvfb') ?? '', ['-displayfd', '1', '-nolisten', 'tcp'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const [number] = await once(display.stdout, 'data')
  const port = await freeTcpPort()
  const env = {
    ...process.env,
    DISPLAY: `:${String(number).trim()}`,
    HOME: folder,
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1', // It needs user namespaces, which containers lack.
  }
  const driver = spawn(findProgram('webkit') ?? '', [`--port=${port}`], { env, stdio: 'ignore' })
  const send = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method, ...init })
    const { value } = await response.json()
    if (!response.ok) throw new Error(`WebDriver: ${value.error}: ${value.message}`)
    return value
  }
  const stop = async () => {
    await Promise.all([driver, display].map(stopProcess))
    await rm(folder, { recursive: true, force: true })
  }
  try {
    while (!(await isListening(send))) await wait(100)
    const { sessionId } = (await send('POST', '/session', { capabilities: {} })) as { sessionId: string }
    const session = `/session/${sessionId}`
    await send('POST', `${session}/timeouts`, { script: 60_000 })
    return {
      async open(url) {
        await send('POST', `${session}/url`, { url })
      },
      async evaluate(call, ...args) {
        const script = `
          const [args, done] = arguments
          Promise.resolve().then(() => (${call})(...args)).then(
            (value) => done({ value }),
            (error) => done({ error: String(error) }),
          )`
        const result = await send('POST', `${session}/execute/async`, { script, args: [args] })
        const { value, error } = result as { value: never; error?: string }
        if (error !== undefined) throw new Error(error)
        return value
      },
      async close() {
        await send('DELETE', session).finally(stop)
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}

const isListening = (send: (method: string, path: string) => Promise<unknown>) =>
  send('GET', '/status').then(
    () => true,
    () => false,
  )

async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill()
  await once(child, 'exit')
}

async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}

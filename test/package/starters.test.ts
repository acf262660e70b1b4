/** The starters, installed with the packed tarball and run by the command in their README. */
import { execFile, spawn } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { launchBrowser } from '../support/browsers.js'
import { freeTcpPort } from '../support/free-tcp-port.js'
import { packPackage } from '../support/packed-package.js'
import { wait } from '../support/wait.js'

const run = promisify(execFile)
const STARTERS = new URL('../../demo/starters/', import.meta.url).pathname

interface Starter {
  readonly name: string
  /** The command in the README. */
  readonly start: string
  /** Starts it again without building it again. */
  readonly restart?: string
  readonly hasPage?: boolean
  /** Returns arguments that set variables, where the environment does not. */
  readonly variables?: (name: string, value: string) => readonly string[]
}

const ALL: readonly Starter[] = [
  { name: 'express', start: 'npm start --' },
  { name: 'fastify', start: 'npm start --' },
  { name: 'plain', start: 'npm start --', hasPage: true },
  { name: 'vite-react', start: 'npm start --', restart: 'npx vite preview', hasPage: true },
  {
    name: 'hono-workers',
    start: 'npm run dev --',
    variables: (name, value) => ['--var', `${name}:${value}`],
  },
  { name: 'next', start: 'npm start --', restart: 'npx next start', hasPage: true },
]

/** An installation or a build takes minutes on a busy machine. */
const TIMEOUT_MS = 900_000
const SESSION = { cookie: 'session=demo' }
/** No key of Cloudflare has this id, and on a machine without a network the request fails as well. */
const UNKNOWN_KEY = { TURN_KEY_ID: '0'.repeat(32), TURN_KEY_SECRET: 'unknown' }

// Vitest sets NODE_ENV, which npm and Next.js would respect.
const { NODE_ENV: _, ...env } = process.env
const QUIET = { NEXT_TELEMETRY_DISABLED: '1', WRANGLER_SEND_METRICS: 'false', CI: '1' }

describe.each(ALL)('the starter $name', ({ name, start, restart = start, hasPage = false, variables }) => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), `turnkeeper-${name}-`))
    const { tarball } = await packPackage(folder)
    const project = join(folder, 'app')
    await cp(join(STARTERS, name), project, { recursive: true })
    const manifest = JSON.parse(await readFile(join(project, 'package.json'), 'utf8'))
    manifest.dependencies.turnkeeper = `file:${tarball}`
    await writeFile(join(project, 'package.json'), JSON.stringify(manifest))
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: project, env })
  }, TIMEOUT_MS)
  afterAll(() => rm(folder, { recursive: true, force: true }))

  /** Starts the server. Resolves with its origin when it responds. */
  async function serve(command: string, settings: Readonly<Record<string, string>> = {}): Promise<string> {
    const port = await freeTcpPort()
    const [program = '', ...args] = command.split(' ')
    const set = Object.entries(settings).flatMap(([key, value]) => variables?.(key, value) ?? [])
    const child = spawn(program, [...args, '--port', String(port), ...set], {
      cwd: join(folder, 'app'),
      env: { ...env, ...QUIET, ...settings, PORT: String(port) },
      detached: true, // a process group, because npm starts others
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    onTestFinished(() => {
      if (child.pid && child.exitCode === null) process.kill(-child.pid, 'SIGKILL')
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
    const origin = `http://localhost:${port}`
    const responds = async () => {
      if (child.exitCode !== null) throw new Error(`${command} exited:\n${output}`)
      return fetch(`${origin}/api/ice-servers`).then(
        () => true,
        () => false,
      )
    }
    while (!(await responds())) await wait(250)
    return origin
  }

  it(
    'issues ICE servers to a session and to its page, responds 401 without one, and 429 over the limit',
    async () => {
      const origin = await serve(start)
      const request = (headers = {}) => fetch(`${origin}/api/ice-servers`, { headers })
      expect((await request()).status).toBe(401)
      const response = await request(SESSION)
      expect(response.status).toBe(200)
      const { iceServers, ttl } = await response.json()
      expect(iceServers).toEqual([
        {
          urls: ['turn:turn.example.org'],
          username: expect.stringMatching(/^\d+:alice$/),
          credential: expect.any(String),
        },
      ])
      expect(ttl).toBeGreaterThan(3500) // of an hour, in whole seconds

      if (hasPage) {
        const browser = await launchBrowser('chromium')
        onTestFinished(() => browser.close())
        const page = await browser.newPage()
        await page.goto(origin)
        const shown = `document.getElementById('ice-servers').textContent === 'turn:turn.example.org'`
        await page.waitForFunction(shown, { timeout: TIMEOUT_MS })
      }

      let limited = await request(SESSION)
      for (let count = 0; count < 20 && limited.status === 200; count++) limited = await request(SESSION)
      expect(limited.status).toBe(429)
      expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0)
    },
    TIMEOUT_MS,
  )

  it(
    'responds 502 if its TURN service issues no credentials',
    async () => {
      const origin = await serve(restart, UNKNOWN_KEY)
      const { status } = await fetch(`${origin}/api/ice-servers`, { headers: SESSION })
      expect(status).toBe(502)
    },
    TIMEOUT_MS,
  )
})

/** The packed tarball in an app of the current Next.js, with a server in place of Cloudflare. */
import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { KEY_ID, KEY_SECRET, startCloudflareEmulator, URLS } from '../support/cloudflare-emulator.js'
import { freeTcpPort } from '../support/free-tcp-port.js'
import { installPackedPackage } from '../support/packed-package.js'
import { type ServerProcess, startServerProcess } from '../support/server-process.js'

const run = promisify(execFile)
const RECIPES = new URL('../../demo/recipes/server/', import.meta.url)
const PACKAGES = ['next', 'react', 'react-dom', 'typescript@5.9', '@types/react', '@types/node@20']

/** The handler with an `authorize` of its own, whose source is that of the recipe. */
const createRoute = (authorize: string) => `
import { cookies, headers } from 'next/headers'
import { redirect } from 'next/navigation'
import { createCloudflareTurn, createIceServersHandler } from 'turnkeeper/server'

const { TURN_KEY_ID = '', TURN_KEY_SECRET = '' } = process.env
export const GET = createIceServersHandler({
  source: (context) => createCloudflareTurn({ keyId: TURN_KEY_ID, keySecret: TURN_KEY_SECRET }).generateCredentials(context),
  authorize: ${authorize},
})
`

const createPage = (statements: string) => `
import { cookies } from 'next/headers'
import { connection } from 'next/server'
import { fetchTURNServers } from 'turnkeeper/server'

export default async function Page() {
  const { TURN_KEY_ID = '', TURN_KEY_SECRET = '' } = process.env
  ${statements}
  const iceServers = await fetchTURNServers({ keyId: TURN_KEY_ID, keySecret: TURN_KEY_SECRET })
  return <pre>{iceServers.at(-1)?.username}</pre>
}
`

/** The page reads nothing of the request, so only the request to Cloudflare prevents that it is prerendered. */
const STATIC_LOOKING_PAGE = 'app/call/page.tsx'

/** Pages that first wait for the request, so that the build does not need the secrets. */
const PAGES_OF_A_REQUEST = {
  'app/account/page.tsx': createPage(`if (!(await cookies()).has('user')) return <pre>nobody</pre>`),
  'app/lobby/page.tsx': createPage('await connection()'),
}

const FILES: Readonly<Record<string, string>> = {
  'app/layout.tsx': `
    import type { ReactNode } from 'react'
    export default function Layout({ children }: { children: ReactNode }) {
      return <html lang="en"><body>{children}</body></html>
    }`,
  [STATIC_LOOKING_PAGE]: createPage(''),
  ...PAGES_OF_A_REQUEST,
  'app/api/cookies/route.ts': createRoute(`async () => (await cookies()).get('user')?.value`),
  'app/api/headers/route.ts': createRoute(`async () => (await headers()).get('x-user')`),
  'app/api/redirect/route.ts': createRoute(
    `async () => (await cookies()).get('user')?.value ?? redirect('/login')`,
  ),
  // The app contains no setting for the test: Next.js replaces this fetch by its own, which calls it.
  'to-emulator.mjs': `
    const { fetch } = globalThis
    globalThis.fetch = (url, init) => fetch(String(url).replace('https://rtc.live.cloudflare.com/v1', process.env.EMULATOR_URL), init)
  `,
}

/** An installation or a build takes half a minute, and two on a busy machine. */
const TIMEOUT_MS = 600_000

const SECRETS = { TURN_KEY_ID: KEY_ID, TURN_KEY_SECRET: KEY_SECRET }
const NO_SECRETS = { TURN_KEY_ID: '', TURN_KEY_SECRET: '' }

describe('an app of Next.js', () => {
  let folder: string
  let emulator: Awaited<ReturnType<typeof startCloudflareEmulator>>
  let issued = 0

  const nextProgram = () => join(folder, 'node_modules/next/dist/bin/next')
  const createEnv = (secrets: Readonly<Record<string, string>>) => ({
    ...secrets,
    EMULATOR_URL: emulator.turnUrl,
    NEXT_TELEMETRY_DISABLED: '1',
    NODE_ENV: 'production' as const, // Vitest sets another one
    NODE_OPTIONS: `--import=${join(folder, 'to-emulator.mjs')}`,
  })
  const build = async (secrets: Readonly<Record<string, string>>) => {
    const env = { ...process.env, ...createEnv(secrets) }
    const building = run(process.execPath, [nextProgram(), 'build', folder], { env })
    await building.catch(({ stdout, stderr }) => expect.fail(stdout + stderr))
  }
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
  /** The paths that the build has prerendered. */
  const prerenderedPaths = async () => {
    const manifest = JSON.parse(await readFile(join(folder, '.next/prerender-manifest.json'), 'utf8'))
    return Object.keys(manifest.routes).filter((path) => !path.startsWith('/_'))
  }

  beforeAll(async () => {
    emulator = await startCloudflareEmulator((ttl) => {
      issued++
      return { urls: URLS, username: `${Math.floor(Date.now() / 1000) + ttl}:${issued}`, credential: 'c' }
    })
    folder = await mkdtemp(join(tmpdir(), 'turnkeeper-next-'))
    await installPackedPackage(folder, PACKAGES)
    for (const [path, text] of Object.entries(FILES)) await write(path, text)
    await mkdir(join(folder, 'app/api/recipe'))
    await copyFile(new URL('next.ts', RECIPES), join(folder, 'app/api/recipe/route.ts'))
    await copyFile(new URL('your-app.js', RECIPES), join(folder, 'app/api/recipe/your-app.js'))
  }, TIMEOUT_MS)
  afterAll(async () => {
    emulator.stop()
    await rm(folder, { recursive: true })
  })

  describe('that was built with the secrets', () => {
    let next: ServerProcess
    let origin: string
    beforeAll(() => build(SECRETS), TIMEOUT_MS)
    afterAll(() => next?.stop())

    const request = (path: string, headers: Record<string, string> = {}) =>
      fetch(origin + path, { headers, redirect: 'manual' })
    const usernameOf = async (path: string, headers: Record<string, string> = {}) => {
      const text = await (await request(path, headers)).text()
      return /\d{10}:\d+/.exec(text)?.[0]
    }

    it('contains no prerendered page or route, and the build has requested no credentials', async () => {
      expect(await prerenderedPaths()).toEqual([])
      expect(emulator.calls).toEqual([])
    })

    it('issues new credentials for each request of a page or a route', async () => {
      const port = await freeTcpPort()
      const parameters = [nextProgram(), 'start', folder, '--port', `${port}`]
      next = await startServerProcess(process.execPath, parameters, {
        ready: /Ready in/,
        env: createEnv(SECRETS),
      })
      origin = `http://127.0.0.1:${port}`
      const usernames = [
        await usernameOf('/call'),
        await usernameOf('/call'),
        await usernameOf('/lobby'),
        await usernameOf('/lobby'),
        await usernameOf('/account', { cookie: 'user=alice' }),
        await usernameOf('/account', { cookie: 'user=bob' }),
        await usernameOf('/api/recipe', { authorization: 'Bearer token-of-alice' }),
        await usernameOf('/api/recipe', { authorization: 'Bearer token-of-alice' }),
        await usernameOf('/api/cookies', { cookie: 'user=alice' }),
        await usernameOf('/api/cookies', { cookie: 'user=bob' }),
        await usernameOf('/api/headers', { 'x-user': 'alice' }),
        await usernameOf('/api/headers', { 'x-user': 'bob' }),
      ]
      expect(usernames).not.toContain(undefined)
      expect(new Set(usernames).size).toBe(usernames.length)
      expect(emulator.calls).toHaveLength(usernames.length)
    })

    it('issues nothing to a user whom authorize does not know, or redirects to the login', async () => {
      const before = issued
      for (const path of ['/api/recipe', '/api/cookies', '/api/headers']) {
        expect((await request(path)).status, path).toBe(401)
      }
      const { status, headers } = await request('/api/redirect')
      expect([status, headers.get('location')]).toEqual([307, '/login'])
      expect(await (await request('/account')).text()).toContain('nobody')
      expect(issued).toBe(before)
    })
  })

  // The other page needs the secrets. With cacheComponents, Next.js requires a <Suspense> in the pages.
  it.each([
    ['the default configuration', '{}', [STATIC_LOOKING_PAGE]],
    [
      'cacheComponents',
      '{ cacheComponents: true }',
      [STATIC_LOOKING_PAGE, ...Object.keys(PAGES_OF_A_REQUEST)],
    ],
  ])(
    'is built without the secrets, with %s, and prerenders nothing',
    async (_, configuration, leftOut) => {
      for (const page of leftOut) await rm(join(folder, page), { force: true })
      await write('next.config.mjs', `export default ${configuration}`)
      await build(NO_SECRETS)
      expect(await prerenderedPaths()).toEqual([])
    },
    TIMEOUT_MS,
  )
})

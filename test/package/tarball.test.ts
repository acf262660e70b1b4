/** The packed tarball, installed in an empty project. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Window } from 'happy-dom'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { installPackedPackage } from '../support/packed-package.js'

const run = promisify(execFile)
const ROOT = new URL('../..', import.meta.url).pathname
const tsc = (name = 'typescript', root = ROOT) => join(root, 'node_modules', name, 'bin/tsc')

/** Installed beside the package: as a dependency of this repository its `tsc` would take the place of the newest one. */
const OLDEST_COMPILER = 'typescript-5.0'

/** The exports of the main entry. */
const EXPORTS = [
  'IceServerError',
  'IceServerProvider',
  'RelayMeter',
  'classifyStunError',
  'createPeerConnectionClass',
  'describeStunError',
  'explain',
  'explainRTCIceServer',
  'isIceServerError',
  'limitUrls',
  'parseIceUrl',
  'readIceConfiguration',
  'readIceServerLinks',
  'testIceServers',
  'validateRTCIceServer',
  'withoutPort53',
]

const APP = `
import { type IceConfiguration, IceServerError, IceServerProvider, limitUrls, validateRTCIceServer, withoutPort53 } from 'turnkeeper'

const provider = new IceServerProvider('/api/ice-servers', { urlFilter: [withoutPort53, limitUrls(4)], refreshMarginMs: 5000 })
provider.on('update', ({ iceServers }: IceConfiguration) => console.log(iceServers.length))
const dispose: () => void = provider[Symbol.dispose]
provider.once('error', (error) => console.log(error instanceof IceServerError, error.code === 'ERR_DENIED'))
export const call = async (): Promise<RTCPeerConnection> => {
  const pc = new RTCPeerConnection({ iceServers: await provider.getIceServers() })
  provider.attach(pc)
  return pc
}
const value: unknown = JSON.parse('{}')
export { dispose }
export const servers: RTCIceServer[] = validateRTCIceServer(value) ? [value] : []
// @ts-expect-error -- no such event
provider.on('refreshed', () => {})
// @ts-expect-error -- a provider in place of a configuration
new RTCPeerConnection(provider)
`

/** Uses every entry. The errors prove that no type is \`any\`, as that of a module without types would be. */
const FRAMEWORKS = `
import { IceServerProvider } from 'turnkeeper'
import { createIceServersHandler } from 'turnkeeper/server'
import * as react from 'turnkeeper/react'
import * as svelte from 'turnkeeper/svelte'
import * as vue from 'turnkeeper/vue'

const provider: IceServerProvider | undefined = react.useIceServerProvider('/api', { headers: () => ({}) })
const connections: (RTCPeerConnection | undefined)[] = [
  react.usePeerConnection(provider, { restartIce: 'always', configuration: { iceTransportPolicy: 'relay' } }).connection,
  vue.usePeerConnection(vue.useIceServerProvider('/api')).connection.value,
  svelte.usePeerConnection(() => svelte.useIceServerProvider(() => ['/api']).current).connection,
]
// @ts-expect-error
const states: number[] = [react.useProviderState(provider)]
// @ts-expect-error
const more: number[] = [vue.useProviderState(provider).value]
// @ts-expect-error
const rest: number[] = [svelte.useProviderState(provider).current]
// @ts-expect-error
createIceServersHandler({ source: 5 })
export { connections, states, more, rest }
`

const BACKEND = `
import * as turnkeeper from 'turnkeeper'
import { createCloudflareTurn, createIceServersHandler, createTurnKeys, createTurnRestCredentials, fetchTURNServers } from 'turnkeeper/server'
import type { CloudflareTURNConfig, RTCIceServer, TURNCredentialsRequest, TURNCredentialsResponse, TURNKeyResponse } from 'turnkeeper/server'

const config: CloudflareTURNConfig = { keyId: 'id', keySecret: 'secret', ttl: 3600 }
const handle: (request: Request) => Promise<Response> = createIceServersHandler({
  source: [createCloudflareTurn(config), createTurnRestCredentials({ secret: 's', urls: ['turn:t.org'] })],
  authorize: async (request) => request.headers.get('x-user') ?? false,
  rateLimit: { limit: 10, windowMs: 60_000 },
})
const fetched: Promise<RTCIceServer[]> = fetchTURNServers(config)
const created: Promise<TURNKeyResponse> = createTurnKeys({ accountId: 'a', apiToken: 't' }).create({ name: 'n' })
export const request: TURNCredentialsRequest = { ttl: 5 }
export type Urls = TURNCredentialsResponse['iceServers']['urls']
export { turnkeeper, handle, fetched, created }
`

describe('the packed tarball', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'turnkeeper-package-'))
    await installPackedPackage(folder, [`${OLDEST_COMPILER}@npm:typescript@~5.0.4`])
    await writeFile(join(folder, 'app.ts'), APP)
    await writeFile(join(folder, 'frameworks.ts'), FRAMEWORKS)
    await symlink(join(ROOT, 'node_modules/vue'), join(folder, 'node_modules/vue')) // for its types
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('keeps the names of its classes in the minified file', async () => {
    const window = new Window({
      settings: { enableJavaScriptEvaluation: true, suppressInsecureJavaScriptEnvironmentWarning: true },
    })
    window.eval(await readFile(join(folder, 'node_modules/turnkeeper/dist/turnkeeper.umd.min.js'), 'utf8'))
    expect(window.eval(`new TurnKeeper.IceServerError('ERR_HTTP', '').constructor.name`)).toBe(
      'IceServerError',
    )
    expect(() => window.eval(`TurnKeeper.IceServerProvider('/ice')`)).toThrow(
      "Class constructor IceServerProvider cannot be invoked without 'new'",
    )
    await window.happyDOM.close()
  })

  it('works in a script tag', async () => {
    const installed = join(folder, 'node_modules/turnkeeper')
    const { unpkg, jsdelivr } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'))
    expect(jsdelivr).toBe(unpkg)
    for (const path of [unpkg, unpkg.replace('.min', '')]) {
      const window = new Window({
        settings: { enableJavaScriptEvaluation: true, suppressInsecureJavaScriptEnvironmentWarning: true },
      })
      window.eval(await readFile(join(installed, path), 'utf8'))
      expect(window.eval('Object.keys(TurnKeeper).sort().join()').split(',')).toEqual(EXPORTS)
      expect(window.eval(`new TurnKeeper.IceServerProvider('/ice').state`)).toBe('idle')
      await window.happyDOM.close()
    }
  })

  it('resolves without exports to the same module, for Parcel and Metro before 0.81', async () => {
    const installed = join(folder, 'node_modules/turnkeeper')
    const { main, exports } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'))
    expect(main).toBe(exports['.'].default)
    const script = `import * as turnkeeper from '${join(installed, main)}'; console.log(Object.keys(turnkeeper).join())`
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: folder })
    expect(stdout.trim().split(',')).toEqual(EXPORTS)
  })

  it('exports the documented names to ES modules', async () => {
    const script = `import * as turnkeeper from 'turnkeeper'; console.log(Object.keys(turnkeeper).join())`
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: folder })
    expect(stdout.trim().split(',')).toEqual(EXPORTS)
  })

  it('exports the server functions from turnkeeper/server', async () => {
    const script = `import * as server from 'turnkeeper/server'; console.log(Object.keys(server).join())`
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: folder })
    expect(stdout.trim().split(',')).toEqual([
      'TurnApiError',
      'createCloudflareTurn',
      'createIceServersHandler',
      'createTurnKeys',
      'createTurnRestCredentials',
      'fetchTURNServers',
      'toNodeListener',
    ])
  })

  const modes = [
    ['node10', 'ESNext'],
    ['bundler', 'ESNext'],
    ['node16', 'node16'],
  ] as const
  it.each([
    ...modes.slice(1).map((mode) => [OLDEST_COMPILER, ...mode] as const), // without the frameworks, whose types need a newer one
    ...modes.map((mode) => ['typescript-5.5', ...mode] as const),
    ...modes.map((mode) => ['typescript-5.9', ...mode] as const),
    ...modes.map((mode) => ['typescript', ...mode] as const),
    ['typescript', 'nodenext', 'nodenext'] as const, // older compilers resolve it like node16
  ])(
    'has types of every entry for %s with moduleResolution %s',
    async (compiler, moduleResolution, module) => {
      const isOldest = compiler === OLDEST_COMPILER
      const compilerOptions = {
        module,
        moduleResolution,
        ...(compiler === 'typescript' && moduleResolution === 'node10' && { ignoreDeprecations: '6.0' }),
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        target: 'ES2022',
        lib: ['ES2022', 'DOM'],
        types: [],
      }
      const files = isOldest ? ['app.ts'] : ['app.ts', 'frameworks.ts']
      await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files }))
      const program = tsc(compiler, isOldest ? folder : ROOT)
      await run(process.execPath, [program], { cwd: folder }).catch(({ stdout }) => expect.fail(stdout))
    },
  )

  it.each([
    ['Node', { types: ['node'], typeRoots: [join(ROOT, 'node_modules/@types')] }],
    ['Cloudflare Workers', { types: [join(ROOT, 'node_modules/@cloudflare/workers-types')] }],
  ])('has server types that need no DOM, only the types of %s', async (_, runtime) => {
    const compilerOptions = { module: 'nodenext', strict: true, noEmit: true, lib: ['ES2022'], ...runtime }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['backend.ts'] }))
    await writeFile(join(folder, 'backend.ts'), BACKEND)
    await run(process.execPath, [tsc()], { cwd: folder }).catch(({ stdout }) => expect.fail(stdout))
  })

  it('marks the hooks of React as client code, so that server components of Next.js can render what uses them', async () => {
    const file = join(folder, 'node_modules/turnkeeper/dist/react/index.js')
    expect(await readFile(file, 'utf8')).toMatch(/^'use client'/)
  })

  it('has one copy of its classes in all entries', async () => {
    const script = `
      import { IceServerProvider } from 'turnkeeper'
      import { useIceServerProvider } from 'turnkeeper/vue'
      import { effectScope, nextTick } from 'vue'
      const provider = effectScope().run(() => useIceServerProvider('https://t.org/'))
      while (!provider.value) await nextTick()
      console.log(provider.value instanceof IceServerProvider)
    `
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: folder })
    expect(stdout).toBe('true\n')
  })
})

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const run = promisify(execFile)
const ROOT = new URL('../..', import.meta.url).pathname
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc')

const APP = `
import { type IceConfiguration, IceServerError, IceServerProvider, limitUrls, validateRTCIceServer, withoutPort53 } from 'turnkeeper'

const provider = new IceServerProvider('/api/ice-servers', { urlFilter: [withoutPort53, limitUrls(4)], refreshMarginMs: 5000 })
provider.on('update', ({ iceServers }: IceConfiguration) => console.log(iceServers.length))
provider.once('error', (error) => console.log(error instanceof IceServerError, error.code === 'ERR_DENIED'))
export const call = async (): Promise<RTCPeerConnection> => {
  const pc = new RTCPeerConnection({ iceServers: await provider.getIceServers() })
  provider.attach(pc)
  return pc
}
const value: unknown = JSON.parse('{}')
export const servers: RTCIceServer[] = validateRTCIceServer(value) ? [value] : []
// @ts-expect-error -- no such event
provider.on('refreshed', () => {})
`

describe('the packed tarball, installed in an empty project', () => {
  let folder: string
  let files: string[]
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'turnkeeper-package-'))
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: ROOT })
    const [packed] = JSON.parse(stdout.slice(stdout.indexOf('[')))
    files = packed.files.map(({ path }: { path: string }) => path)
    await writeFile(join(folder, 'package.json'), '{ "type": "module" }')
    await run('npm', ['install', '--no-audit', '--no-fund', join(folder, packed.filename)], { cwd: folder })
    await writeFile(join(folder, 'app.ts'), APP)
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('holds the build and the papers, and nothing else', () => {
    expect(files.filter((path) => !/^dist\//.test(path)).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'package.json',
    ])
    for (const path of [
      'dist/index.js',
      'dist/index.d.ts',
      'dist/turnkeeper.umd.js',
      'dist/turnkeeper.umd.min.js',
    ]) {
      expect(files).toContain(path)
    }
    expect(files.filter((path) => /test|\.tsx?\.map$/.test(path))).toEqual([])
  })

  it('is imported from ESM', async () => {
    const script = `import * as turnkeeper from 'turnkeeper'; console.log(Object.keys(turnkeeper).join())`
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: folder })
    expect(stdout.trim().split(',')).toEqual([
      'IceServerError',
      'IceServerProvider',
      'explainRTCIceServer',
      'isIceServerError',
      'limitUrls',
      'parseIceUrl',
      'readIceConfiguration',
      'validateRTCIceServer',
      'withoutPort53',
    ])
  })

  it.each([
    ['bundler', 'ESNext'],
    ['node16', 'node16'],
    ['nodenext', 'nodenext'],
  ])('has types under moduleResolution %s', async (moduleResolution, module) => {
    const compilerOptions = {
      module,
      moduleResolution,
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      target: 'ES2022',
      lib: ['ES2022', 'DOM'],
      types: [],
    }
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['app.ts'] }))
    await run(process.execPath, [TSC], { cwd: folder }).catch(({ stdout }) => expect.fail(stdout))
  })

  it('has maps whose sources are in it', async () => {
    const maps = files.filter((path) => path.endsWith('.js.map'))
    expect(maps.length).toBeGreaterThan(10)
    for (const path of maps) {
      const { sources, sourcesContent } = JSON.parse(await readFile(join(ROOT, path), 'utf8'))
      expect(sourcesContent?.length, path).toBe(sources.length)
    }
  })
})

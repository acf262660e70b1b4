/** What the packed tarball contains. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packPackage } from '../support/packed-package.js'

const run = promisify(execFile)
const ROOT = new URL('../..', import.meta.url).pathname

/** What the documents link to. */
const LINKED = [
  'docs/*.md',
  'docs/images',
  'bench/RESULTS.md',
  'bench/fleet/RESULTS.md',
  'bench/fleet/fleet.svg',
  'demo/react',
  'demo/vue',
  'demo/svelte',
  'demo/recipes',
  'demo/starters',
  'demo/script-tag.html',
  'test/apps',
  'test/failure-modes.md',
]

/** Returns whether a source file contains only types, so that the build emits no JavaScript for it. */
async function hasOnlyTypes(path: string): Promise<boolean> {
  const source = await readFile(join(ROOT, 'src', path), 'utf8')
  const compilerOptions = { target: ts.ScriptTarget.ES2022, removeComments: true, verbatimModuleSyntax: true }
  return ts.transpileModule(source, { compilerOptions }).outputText.trim() === 'export {};'
}

describe('the packed tarball', () => {
  let folder: string
  let files: string[]
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'turnkeeper-tarball-'))
    const packed = await packPackage(folder)
    files = packed.files
    await run('tar', ['-xzf', packed.tarball], { cwd: folder })
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('contains a module for each source, two script-tag files, the documents, and nothing else', async () => {
    const sources = await readdir(join(ROOT, 'src'), { recursive: true })
    const built: string[] = []
    const modules = sources.filter((path) => path.endsWith('.ts') && !path.startsWith('cli/'))
    for (const source of modules) {
      const path = source.slice(0, -3)
      built.push(`${path}.d.ts`)
      if (!(await hasOnlyTypes(source))) built.push(`${path}.js`)
    }
    const inDist = ['cli.js', 'turnkeeper.umd.js', 'turnkeeper.umd.min.js', ...built].map(
      (path) => `dist/${path}`,
    )
    expect(files.filter((path) => path.startsWith('dist/')).sort()).toEqual(inDist.sort())
    const others = files.filter((path) => !path.startsWith('dist/'))
    const { stdout } = await run('git', ['ls-files', ...LINKED], { cwd: ROOT })
    const documents = [
      'CHANGELOG.md',
      'CONTRIBUTING.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'package.json',
    ]
    expect(others.sort()).toEqual([...documents, ...stdout.trim().split('\n')].sort())
  })

  it('contains what its pages link to', async () => {
    const pages = files.filter((path) => path.endsWith('.md'))
    const folders = files.flatMap((path) =>
      path.split('/').map((_, depth, all) => all.slice(0, depth).join('/')),
    )
    const contained = new Set([...files, ...folders])
    const broken: string[] = []
    for (const page of pages) {
      const text = await readFile(join(folder, 'package', page), 'utf8')
      for (const [, target = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
        const [path = ''] = target.split('#')
        const isRelative = path !== '' && !/^[a-z]+:/.test(path)
        if (isRelative && !contained.has(join(dirname(page), path))) broken.push(`${page}: ${target}`)
      }
    }
    expect(pages.length).toBeGreaterThan(15)
    expect(broken).toEqual([])
  })

  it('contains no source map and refers to none, because its modules are not minified', async () => {
    expect(files.filter((path) => path.endsWith('.map'))).toEqual([])
    for (const path of files.filter((path) => path.endsWith('.js'))) {
      const code = await readFile(join(folder, 'package', path), 'utf8')
      expect(code, path).not.toContain('sourceMappingURL')
    }
  })
})

/** The documentation: its structure, its links, and its code. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { type CodeBlock, codeBlocksOf, filesBelow } from './support/code-blocks.js'

const ROOT = new URL('..', import.meta.url).pathname
const CONTEXT = join(ROOT, 'test/support/documentation-context.d.ts')

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8')

const docs = filesBelow(ROOT, 'docs', '.md')
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'SECURITY.md', ...docs]
const sources = filesBelow(ROOT, 'src', '.ts')
const blocks = [...pages, ...sources].flatMap((file) => codeBlocksOf(ROOT, file))
const blocksIn = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language))

/** Type-checks each block as a module of its own. Returns the problems by the place of the block. */
function typeCheck(examples: readonly CodeBlock[]): Map<string, string[]> {
  const { config } = ts.readConfigFile(join(ROOT, 'test/tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(ROOT, 'test'))
  // In the folder of the tests, from where packages can be resolved.
  const blockByFile = new Map(
    examples.map((block, index) => [join(ROOT, `test/example-${index}.${block.language}`), block]),
  )
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists } = host
  host.fileExists = (name) => blockByFile.has(name) || fileExists(name)
  host.getSourceFile = (name, target) => {
    const block = blockByFile.get(name)
    if (!block) return getSourceFile(name, target)
    return ts.createSourceFile(name, `${block.code}\nexport {}${importsFor(block)}`, target)
  }
  const program = ts.createProgram([CONTEXT, ...blockByFile.keys()], options, host)
  return new Map(
    [...blockByFile].map(([name, { place }]) => {
      const file = program.getSourceFile(name)
      const problems = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
      return [place, problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))]
    }),
  )
}

/** The module of each name that an example in a doc comment may use, and the name as an import writes it. */
const MODULES = new Map([
  ...exportsOf('src/index.ts').map((name) => [name, 'turnkeeper'] as const),
  ...exportsOf('src/server/index.ts').map((name) => [name, 'turnkeeper/server'] as const),
  ['env', 'cloudflare:workers'] as const,
])

/** The same in the entry of a framework, whose names are those of another one, too. */
const FRAMEWORK_NAMES: Readonly<Record<string, readonly string[]>> = {
  react: ['useEffect'],
  vue: ['computed', 'watch', 'watchEffect'],
  svelte: [],
}

function modulesFor(place: string): Map<string, string> {
  const [, framework = ''] = /^src\/(\w+)\//.exec(place) ?? []
  const names = FRAMEWORK_NAMES[framework]
  if (!names) return MODULES
  const entry = exportsOf(`src/${framework}/index.ts`).map(
    (name) => [name, `turnkeeper/${framework}`] as const,
  )
  return new Map([...MODULES, ...names.map((name) => [name, framework] as const), ...entry])
}

/** Returns the exports of an entry as an import writes them, such as `limitUrls` and `type UrlFilter`. */
function exportsOf(entry: string): string[] {
  return [...read(entry).matchAll(/^export (type )?\{([^}]+)\}/gm)].flatMap(([, type = '', names = '']) =>
    [...names.matchAll(/(?:type )?\w+/g)].map(([name]) => type + name),
  )
}

/** Returns the imports that an example in a doc comment leaves out. A page has to contain its imports. */
function importsFor({ place, code }: CodeBlock): string {
  if (!place.startsWith('src/')) return ''
  return [...modulesFor(place)]
    .filter(([name]) => new RegExp(`\\b${name.replace('type ', '')}\\b`).test(code))
    .filter(([name]) => !code.includes(`import { ${name} }`))
    .map(([name, module]) => `; import { ${name} } from '${module}'`)
    .join('')
}

/** Returns an example that reads the variables of a Worker, and the same example on Node, as its comment describes. */
function onEachPlatform(example: CodeBlock): CodeBlock[] {
  const code = example.code.replace("'cloudflare:workers'", "'node:process'")
  if (code === example.code) return [example]
  return [example, { ...example, code, place: `${example.place} on Node` }]
}

/** The anchors of a page, as GitHub derives them from its headings. */
function anchorsOf(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

/** Returns the relative links in a text of a page that lead to no file or no heading. */
function brokenLinks(page: string, text: string): string[] {
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
  return targets.filter((target) => {
    if (/^https?:/.test(target)) return false
    const [path = '', anchor] = target.split('#')
    const file = path ? join(dirname(page), path) : page
    if (!existsSync(join(ROOT, file))) return true
    return anchor !== undefined && !anchorsOf(read(file)).includes(anchor)
  })
}

describe('the documentation', () => {
  const examples = blocksIn('ts', 'tsx').flatMap(onEachPlatform)
  const invalidExample =
    "import { IceServerProvider } from 'turnkeeper'\nnew IceServerProvider(5)\nprovider.nothing()"
  const problems = typeCheck([...examples, { language: 'ts', code: invalidExample, place: 'nowhere' }])

  it('contains examples in the README and in the source', () => {
    expect(examples.filter(({ place }) => place.startsWith('README')).length).toBeGreaterThan(2)
    expect(examples.filter(({ place }) => place.startsWith('src')).length).toBeGreaterThan(8)
  })

  it('contains a code block in every @example of the source', () => {
    const countTags = (file: string) => read(file).match(/@example\b/g)?.length ?? 0
    const countBlocks = (file: string) => examples.filter(({ place }) => place.startsWith(`${file}:`)).length
    expect(sources.filter((file) => countBlocks(file) < countTags(file))).toEqual([])
  })

  it.each(examples)('contains TypeScript that type-checks: $place', ({ place }) => {
    expect(problems.get(place)).toEqual([])
  })

  it('type-checks the backend of the quick start on Node, too', () => {
    expect(examples.filter(({ place }) => /^README.* on Node$/.test(place))).toHaveLength(1)
  })

  it('reports a type error in an invalid example', () => {
    expect(problems.get('nowhere')).toHaveLength(2)
  })

  it.each(blocksIn('json'))('contains JSON that parses: $place', ({ code }) => {
    expect(() => JSON.parse(code)).not.toThrow()
  })

  it.each(blocksIn('html'))('contains scripts that parse: $place', ({ code }) => {
    for (const [, script = ''] of code.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)) {
      expect(() => new Function(script)).not.toThrow()
    }
  })

  it.each(pages)('links only to files and headings that exist: %s', (page) => {
    expect(brokenLinks(page, read(page))).toEqual([])
  })

  it('reports links to a missing file or heading', () => {
    const text =
      '[a](docs/api.md#errors) [b](docs/api.md#nowhere) [c](nowhere.md) [d](#install) [e](#nowhere)'
    expect(brokenLinks('README.md', text)).toEqual(['docs/api.md#nowhere', 'nowhere.md', '#nowhere'])
  })

  it.each(docs)('opens each page with a sentence that says what the page answers: %s', (page) => {
    const [title = '', opening = ''] = read(page).split('\n\n')
    expect(title).toMatch(/^# .+$/)
    expect(opening).toMatch(/^This page (compares|explains|lists|shows) .+\.$/s)
  })

  it('lists every page of docs in its index', () => {
    const index = read('docs/README.md')
    const others = docs.map((page) => page.replace('docs/', '')).filter((page) => page !== 'README.md')
    expect(others.length).toBeGreaterThan(8)
    expect(others.filter((page) => !index.includes(`](${page})`))).toEqual([])
  })
})

describe('the README', () => {
  const lines = read('README.md').split('\n')

  it('has at most 180 lines and shows code within the first 12', () => {
    expect(lines.length - 1).toBeLessThanOrEqual(180)
    expect(lines.slice(0, 12)).toContainEqual(expect.stringMatching(/^```ts$/))
  })

  it('has the eleven sections in the order of the tasks of its reader', () => {
    expect(lines.filter((line) => /^##? /.test(line))).toEqual([
      '# turnkeeper',
      '## Install',
      '## Quick start',
      '## Try it',
      '## Keeping calls alive',
      '## Backend',
      '## Diagnostics',
      '## Troubleshooting',
      '## Browser and runtime support',
      '## Security',
      '## Licence',
    ])
  })

  it('links every line of its troubleshooting section to the page with the solution', () => {
    const section = read('README.md').split('## Troubleshooting')[1]?.split('\n## ')[0] ?? ''
    const entries = section.split('\n').filter((line) => line.startsWith('- '))
    expect(entries.length).toBeGreaterThan(5)
    expect(entries.filter((line) => !line.includes('](docs/troubleshooting.md#'))).toEqual([])
  })
})

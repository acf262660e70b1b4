import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import * as client from 'turnkeeper'
import * as server from 'turnkeeper/server'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { type CodeBlock, codeBlocksOf, filesBelow } from './support/code-blocks.js'

const ROOT = new URL('..', import.meta.url).pathname
const CONTEXT = join(ROOT, 'test/support/documentation-context.d.ts')

const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesBelow(ROOT, 'docs', '.md')]
const sources = filesBelow(ROOT, 'src', '.ts')
const blocks = [...pages, ...sources].flatMap((file) => codeBlocksOf(ROOT, file))
const inLanguage = (...languages: string[]) => blocks.filter(({ language }) => languages.includes(language))

/** Type-checks each block as a module of its own; gives what is wrong, by the places of the blocks. */
function check(examples: readonly CodeBlock[]): Map<string, string[]> {
  const { config } = ts.readConfigFile(join(ROOT, 'test/tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, join(ROOT, 'test'))
  // Beside the tests, so that packages are found from there.
  const fileOf = new Map(
    examples.map((block, index) => [join(ROOT, `test/example-${index}.${block.language}`), block]),
  )
  const host = ts.createCompilerHost(options)
  const { getSourceFile, fileExists } = host
  host.fileExists = (name) => fileOf.has(name) || fileExists(name)
  host.getSourceFile = (name, target) => {
    const block = fileOf.get(name)
    if (!block) return getSourceFile(name, target)
    return ts.createSourceFile(name, `${block.code}\nexport {}${importsFor(block)}`, target)
  }
  const program = ts.createProgram([CONTEXT, ...fileOf.keys()], options, host)
  return new Map(
    [...fileOf].map(([name, { place }]) => {
      const file = program.getSourceFile(name)
      const problems = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
      return [place, problems.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'))]
    }),
  )
}

/** An example in the source takes its neighbours as given. */
function importsFor({ place, code }: CodeBlock): string {
  if (!place.startsWith('src/')) return ''
  const entries = { turnkeeper: client, 'turnkeeper/server': server }
  return Object.entries(entries)
    .map(([name, exports]) => {
      const used = Object.keys(exports).filter((name) => new RegExp(`\\b${name}\\b`).test(code))
      return `; import { ${used} } from '${name}'`
    })
    .join('')
}

describe('the documentation', () => {
  const examples = inLanguage('ts', 'tsx')
  const faulty =
    "import { IceServerProvider } from 'turnkeeper'\nnew IceServerProvider(5)\nprovider.nothing()"
  const problems = check([...examples, { language: 'ts', code: faulty, place: 'nowhere' }])

  it('has examples, and they are found', () => {
    expect(examples.filter(({ place }) => place.startsWith('README')).length).toBeGreaterThan(2)
    expect(examples.filter(({ place }) => place.startsWith('src')).length).toBeGreaterThan(8)
  })

  it('has a block of code in every example of the source, in a form that is found', () => {
    const tags = (file: string) => readFileSync(join(ROOT, file), 'utf8').match(/@example\b/g)?.length ?? 0
    const found = (file: string) => examples.filter(({ place }) => place.startsWith(`${file}:`)).length
    expect(sources.filter((file) => found(file) < tags(file))).toEqual([])
  })

  it.each(examples)('has code that type-checks: $place', ({ place }) => {
    expect(problems.get(place)).toEqual([])
  })

  it('is checked by a check that finds faults', () => {
    expect(problems.get('nowhere')).toHaveLength(2)
  })

  it.each(inLanguage('json'))('has JSON that parses: $place', ({ code }) => {
    expect(() => JSON.parse(code)).not.toThrow()
  })

  it.each(inLanguage('html'))('has scripts that parse: $place', ({ code }) => {
    for (const [, script = ''] of code.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)) {
      expect(() => new Function(script)).not.toThrow()
    }
  })

  it.each(pages)('leads nowhere that is not there: %s', (page) => {
    const text = readFileSync(join(ROOT, page), 'utf8')
    const slugs = (markdown: string) =>
      [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replace(/[^\w\- ]/g, '')
          .replaceAll(' ', '-'),
      )
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
    const broken = links.filter((target) => {
      if (/^https?:/.test(target)) return false
      const [path = '', anchor] = target.split('#')
      const file = join(ROOT, path ? join(dirname(page), path) : page)
      if (!existsSync(file)) return true
      return anchor !== undefined && !slugs(readFileSync(file, 'utf8')).includes(anchor)
    })
    expect(broken).toEqual([])
  })
})

describe('the README', () => {
  const lines = readFileSync(join(ROOT, 'README.md'), 'utf8').split('\n')

  it('has code by line 15, and fewer than 400 lines', () => {
    expect(lines.findIndex((line) => line.startsWith('```'))).toBeLessThan(15)
    expect(lines.length).toBeLessThan(400)
  })
})

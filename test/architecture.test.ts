import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const SRC = new URL('../src/', import.meta.url).pathname

/** The floors of the house: a file imports from its own floor or from one above it in this list. */
const FLOORS: readonly (readonly string[])[] = [
  ['errors', 'option-checks', 'type-guards'],
  ['config/'],
  ['abortable', 'attachable-connection', 'clock', 'events', 'options'],
  ['fetch/', 'refresh/', 'peer/', 'diagnostics/', 'server/'],
  ['configuration-refresher'],
  ['provider'],
  ['index'],
]

/** Who may import a package. */
const PACKAGES: Readonly<Record<string, RegExp>> = {
  eventemitter3: /^events$/,
  ky: /^(fetch\/request-response|server\/api-request)$/,
}

const DOCUMENTED_MEMBERS = ts.SymbolFlags.Property | ts.SymbolFlags.Method | ts.SymbolFlags.Accessor

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => path.slice(0, -3))

const importsOf = (file: string) =>
  ts
    .preProcessFile(readFileSync(join(SRC, `${file}.ts`), 'utf8'))
    .importedFiles.map(({ fileName }) =>
      fileName.startsWith('.') ? normalize(join(dirname(file), fileName)).replace(/\.js$/, '') : fileName,
    )

const isOn = (floor: readonly string[], file: string) =>
  floor.some((room) => (room.endsWith('/') ? file.startsWith(room) : file === room))
const floorOf = (file: string) => FLOORS.findIndex((floor) => isOn(floor, file))
const roomOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : file)

const edges = files.flatMap((file) => importsOf(file).map((imported) => ({ file, imported })))
const inner = edges.filter(({ imported }) => files.includes(imported))

it.each(['src', 'test', 'bench', 'demo'])('%s has no file over 250 lines', (folder) => {
  const root = join(SRC, '..', folder)
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' })
  const own = paths.filter(
    (path) => /\.(tsx?|js|css|html|vue|svelte)$/.test(path) && !/^\.results|^dist/.test(path),
  )
  const lines = (path: string) => readFileSync(join(root, path), 'utf8').split('\n').length - 1
  expect(own.length).toBeGreaterThan(10)
  expect(own.filter((path) => lines(path) > 250)).toEqual([])
})

describe('the source', () => {
  it('has every file in a room of the house', () => {
    expect(files.length).toBeGreaterThan(15)
    expect(files.filter((file) => floorOf(file) < 0)).toEqual([])
  })

  it('imports downwards, and never from a neighbouring room', () => {
    const wrong = inner.filter(
      ({ file, imported }) =>
        floorOf(imported) > floorOf(file) ||
        (floorOf(imported) === floorOf(file) && file.includes('/') && roomOf(imported) !== roomOf(file)),
    )
    expect(wrong).toEqual([])
  })

  it('keeps the server half apart from the client', () => {
    const reached = inner
      .filter(({ file }) => roomOf(file) === 'server')
      .map(({ imported }) => roomOf(imported))
    expect([...new Set(reached)].sort()).toEqual(['config', 'errors', 'option-checks', 'server', 'type-guards'])
    expect(
      inner.filter(({ file, imported }) => roomOf(imported) === 'server' && roomOf(file) !== 'server'),
    ).toEqual([])
  })

  it('has no cycle', () => {
    const visit = (file: string, path: readonly string[]): string[] => {
      if (path.includes(file)) return [[...path, file].join(' → ')]
      return inner
        .filter((edge) => edge.file === file)
        .flatMap(({ imported }) => visit(imported, [...path, file]))
    }
    expect(files.flatMap((file) => visit(file, []))).toEqual([])
  })

  it('imports a package only where it belongs', () => {
    const outer = edges.filter(({ imported }) => !files.includes(imported))
    expect(outer.filter(({ file, imported }) => !PACKAGES[imported]?.test(file))).toEqual([])
    expect(new Set(outer.map(({ imported }) => imported))).toEqual(new Set(Object.keys(PACKAGES)))
  })

  // Compiled once, and not within a test, where a busy machine would need more than the time of one.
  const entries = ['index.ts', 'server/index.ts']
  const program = ts.createProgram(
    entries.map((name) => join(SRC, name)),
    { moduleResolution: ts.ModuleResolutionKind.Bundler, module: ts.ModuleKind.ESNext },
  )
  const checker = program.getTypeChecker()

  it.each(entries)('documents every export of %s, with its members', (name) => {
    const entry = checker.getSymbolAtLocation(program.getSourceFile(join(SRC, name)) as ts.SourceFile)
    const exported = checker
      .getExportsOfModule(entry as ts.Symbol)
      .map((symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol))
    const membersOf = ({ name, members }: ts.Symbol) =>
      [...(members?.values() ?? [])].filter(
        ({ flags }) => flags & DOCUMENTED_MEMBERS && name !== 'AttachableConnection', // whose members are the W3C's
      )
    const undocumented = [...exported, ...exported.flatMap(membersOf)].filter(
      (symbol) => symbol.getDocumentationComment(checker).length === 0 && !/#/.test(symbol.name),
    )
    expect(exported.length).toBeGreaterThan(15)
    expect(undocumented.map(({ name }) => name)).toEqual([])
  })
})

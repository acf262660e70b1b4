/** The floors of the source, what each room may use, the size of files, and the documentation of exports. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const ROOT = new URL('..', import.meta.url).pathname
const SRC = join(ROOT, 'src')

/**
 * The floors of the house, from the lowest. A file imports from lower floors, from its own room, and single files also
 * from their own floor.
 */
const FLOORS: readonly (readonly string[])[] = [
  ['dispose', 'errors', 'option-checks', 'read-safely', 'safe-cause', 'type-guards'],
  ['config/'],
  [
    'abortable',
    'attachable-connection',
    'clock',
    'connection-explanation',
    'connection-history',
    'connection-stats',
    'events',
    'ice-states',
    'options',
    'provider-snapshot',
    'request-checks',
    'restart-failure',
    'restart-report',
    'unref',
  ],
  ['fetch/', 'refresh/', 'peer/', 'diagnostics/', 'server/'],
  ['refresher-handlers', 'configuration-refresher', 'response-receiver'],
  ['provider'],
  ['drop-in/'],
  ['index'],
  ['bindings/'],
  ['react/', 'vue/', 'svelte/', 'cli/'],
]

/** The rooms and files that use a package. The command uses this one like an app does. */
const PACKAGE_USERS: Readonly<Record<string, readonly string[]>> = {
  eventemitter3: ['events'],
  ky: ['fetch/request-response'],
  react: ['react/'],
  svelte: ['svelte/'],
  'svelte/reactivity': ['svelte/'],
  'svelte/store': ['svelte/'],
  turnkeeper: ['cli/'],
  'turnkeeper/server': ['cli/'],
  vue: ['vue/'],
}

/** The rooms and files that use a global. All others get the clock of the provider, and know no browser. */
const GLOBAL_USERS: Readonly<Record<string, readonly string[]>> = {
  'Date.now': ['options', 'config/read-response', 'server/', 'cli/'], // defaults of options, the backend, and the command
  'performance.now': ['options', 'diagnostics/', 'cli/'], // a default, and measured durations
  navigator: ['refresh/page-signals'],
}

/** No file of a folder has more lines. */
const MAX_LINES: readonly (readonly [folder: string, lines: number])[] = [
  ['src', 230],
  ['test', 250],
  ['bench', 250],
  ['demo', 250],
]

const DOCUMENTED_MEMBERS = ts.SymbolFlags.Property | ts.SymbolFlags.Method | ts.SymbolFlags.Accessor

/** Files of the source, without `.ts`. */
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => path.slice(0, -3))

const read = (file: string) => readFileSync(join(SRC, `${file}.ts`), 'utf8')

const importsOf = (file: string) =>
  ts
    .preProcessFile(read(file))
    .importedFiles.map(({ fileName }) =>
      fileName.startsWith('.') ? normalize(join(dirname(file), fileName)).replace(/\.js$/, '') : fileName,
    )

/** Returns the clocks and the `navigator` that a file uses, also as members of `globalThis`. Comments do not count. */
function globalsOf(file: string): string[] {
  const names: string[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length) {
      names.push('Date.now')
    }
    if (ts.isPropertyAccessExpression(node)) names.push(node.getText().replace(/^globalThis\??\./, ''))
    if (ts.isIdentifier(node)) names.push(node.text)
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true))
  return names.filter((name) => name in GLOBAL_USERS)
}

const isIn = (rooms: readonly string[], file: string) =>
  rooms.some((room) => (room.endsWith('/') ? file.startsWith(room) : file === room))
const floorOf = (file: string) => FLOORS.findIndex((floor) => isIn(floor, file))
const roomOf = (file: string) => (file.includes('/') ? file.slice(0, file.indexOf('/')) : file)

/** Returns the rooms of the list that contain one of the files, and the files that are in none of these rooms. */
const usersAmong = (rooms: readonly string[], users: readonly string[]) => [
  ...rooms.filter((room) => users.some((file) => isIn([room], file))),
  ...users.filter((file) => !isIn(rooms, file)),
]

const edges = files.flatMap((file) => importsOf(file).map((imported) => ({ file, imported })))
const inner = edges.filter(({ imported }) => files.includes(imported))
const outer = edges.filter(({ imported }) => !files.includes(imported))

describe('the source', () => {
  it.each(MAX_LINES)('has no file in %s/ with more than %i lines', (folder, maxLines) => {
    const root = join(ROOT, folder)
    const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(
      (path) => /\.(tsx?|js|css|html|vue|svelte)$/.test(path) && !/^\.results|^dist/.test(path),
    )
    const lineCount = (path: string) => readFileSync(join(root, path), 'utf8').split('\n').length - 1
    expect(paths.length).toBeGreaterThan(10)
    expect(paths.filter((path) => lineCount(path) > maxLines)).toEqual([])
  })

  it('has every file on a floor', () => {
    expect(files.length).toBeGreaterThan(15)
    expect(files.filter((file) => floorOf(file) < 0)).toEqual([])
  })

  it('imports from lower floors, and never from a neighbouring room', () => {
    const wrong = inner.filter(
      ({ file, imported }) =>
        floorOf(imported) > floorOf(file) ||
        (floorOf(imported) === floorOf(file) && file.includes('/') && roomOf(imported) !== roomOf(file)),
    )
    expect(wrong).toEqual([])
  })

  it('imports nothing of the client into the server, and nothing of the server into the client', () => {
    const reached = inner
      .filter(({ file }) => roomOf(file) === 'server')
      .map(({ imported }) => roomOf(imported))
    expect([...new Set(reached)].sort()).toEqual([
      'config',
      'option-checks',
      'safe-cause',
      'server',
      'type-guards',
    ])
    expect(
      inner.filter(({ file, imported }) => roomOf(imported) === 'server' && roomOf(file) !== 'server'),
    ).toEqual([])
  })

  it('has no import cycle', () => {
    const visited = new Set<string>()
    const findCycles = (file: string, path: readonly string[]): string[] => {
      if (path.includes(file)) return [[...path, file].join(' → ')]
      if (visited.has(file)) return []
      visited.add(file)
      return inner
        .filter((edge) => edge.file === file)
        .flatMap(({ imported }) => findCycles(imported, [...path, file]))
    }
    expect(files.flatMap((file) => findCycles(file, []))).toEqual([])
  })

  it('imports no package but eventemitter3, ky, and the frameworks in their entries', () => {
    const packages = outer.map(({ imported }) => imported).filter((name) => !name.startsWith('node:'))
    expect([...new Set(packages)].sort()).toEqual(Object.keys(PACKAGE_USERS))
  })

  it('imports modules of Node only into the command, and into the command nothing else of the source', () => {
    const usersOfNode = outer.filter(({ imported }) => imported.startsWith('node:')).map(({ file }) => file)
    expect(usersOfNode.filter((file) => roomOf(file) !== 'cli')).toEqual([])
    const reached = inner.filter(({ file }) => roomOf(file) === 'cli').map(({ imported }) => roomOf(imported))
    expect([...new Set(reached)]).toEqual(['cli'])
  })

  it.each(['bindings', 'react', 'vue', 'svelte'])('uses the package in %s/ like an app does', (room) => {
    const reached = inner.filter(({ file }) => roomOf(file) === room).map(({ imported }) => roomOf(imported))
    expect([...new Set(reached)].filter((other) => other !== room).sort()).toEqual(
      room === 'bindings' ? ['index'] : ['bindings', 'index'],
    )
  })

  it.each(Object.entries(PACKAGE_USERS))('imports %s only in %j', (name, users) => {
    const importers = outer.filter(({ imported }) => imported === name).map(({ file }) => file)
    expect(usersAmong(users, importers)).toEqual(users)
  })

  it.each(Object.entries(GLOBAL_USERS))('uses %s only in %j', (name, users) => {
    expect(
      usersAmong(
        users,
        files.filter((file) => globalsOf(file).includes(name)),
      ),
    ).toEqual(users)
  })

  // Compiled outside the tests, because a busy machine needs more time for it than the timeout of a test.
  const entries = ['index.ts', 'server/index.ts', 'react/index.ts', 'vue/index.ts', 'svelte/index.ts']
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
        ({ flags }) => flags & DOCUMENTED_MEMBERS && name !== 'AttachableConnection', // its members are the W3C's
      )
    const undocumented = [...exported, ...exported.flatMap(membersOf)].filter(
      (symbol) => symbol.getDocumentationComment(checker).length === 0 && !/#/.test(symbol.name),
    )
    expect(exported.length).toBeGreaterThan(5)
    expect(undocumented.map(({ name }) => name)).toEqual([])
  })
})

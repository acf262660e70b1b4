/** Builds the documentation site: the pages of this folder and of the project, and the reference of every export. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Converter, DocumentReflection, ReferenceType, ReflectionKind } from 'typedoc'

const ROOT = new URL('..', import.meta.url)
const pathOf = (file) => fileURLToPath(new URL(file, ROOT))
const read = (file) => readFileSync(pathOf(file), 'utf8')

/** The pages of each group, in the order of the navigation. A new page of `docs` needs a line here. */
const PAGES = {
  Guides: [
    'README.md',
    'docs/live-connections.md',
    'docs/refreshing.md',
    'docs/backend.md',
    'docs/responses.md',
    'docs/diagnostics.md',
    'docs/troubleshooting.md',
    'docs/command.md',
    'docs/api.md',
  ],
  Recipes: ['docs/recipes.md', 'docs/drop-in.md', 'docs/frameworks.md', 'docs/migration.md'],
  Measurements: [
    'docs/how-it-compares.md',
    'docs/interoperability.md',
    'bench/RESULTS.md',
    'bench/fleet/RESULTS.md',
    'test/failure-modes.md',
  ],
  Project: ['CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md'],
}

/** The files whose code a page can show. */
const SOURCE = /\.(tsx?|jsx?|html|vue|svelte)$/

/** What installing and building an example leaves behind. */
const GENERATED = /(^|\/)(node_modules|dist)\//

/** Pages whose first heading says too little beside others. */
const TITLES = {
  'README.md': 'Getting started',
  'docs/api.md': 'API overview',
  'docs/drop-in.md': 'Drop-in class',
  'bench/RESULTS.md': 'Benchmarks',
  'bench/fleet/RESULTS.md': 'Fleet simulation',
  'test/failure-modes.md': 'Failure modes',
}

const INTERNAL_BASE_CLASS = 'ProviderEventTarget'

/** The source of each entry of the package, from the types that it exports. */
const entryPoints = Object.values(JSON.parse(read('package.json')).exports)
  .map(({ types }) => types)
  .filter(Boolean)
  .map((types) => pathOf(types.replace('dist/', 'src/').replace('.d.ts', '.ts')))

/** Names a page by its first heading, and puts it into its group. */
function describePage(page) {
  const path = page.project.files.getReflectionPath(page)
  const file = relative(pathOf('.'), path)
  const [, heading] = /^# (.+)$/m.exec(read(file)) ?? []
  page.name = TITLES[file] ?? heading
  page.frontmatter.group = Object.keys(PAGES).find((group) => PAGES[group].includes(file))
}

/** Names an entry as an import does, also one whose source has no `@module`. */
function nameModules({ project }) {
  for (const module of project.getReflectionsByKind(ReflectionKind.Module)) {
    if (!module.name.startsWith(project.name)) module.name = `${project.name}/${module.name}`
  }
}

/** Makes a page of each source file and folder that a page links to. As a raw file, browsers would take TypeScript for a video. */
function addSourcePages({ project }) {
  const { files } = project
  const pages = []
  for (let paths = sourcesIn(files); paths.length > 0; paths = sourcesIn(files)) {
    for (const path of paths) {
      const name = relative(pathOf('.'), path)
      const content = [
        { kind: 'text', text: `# ${name}\n\n` },
        ...(statSync(path).isDirectory() ? listOf(path, files) : codeOf(path)),
      ]
      const page = new DocumentReflection(name, project, content, { group: 'Example files' })
      pages.push(page)
      project.registerReflection(page, undefined, path)
    }
  }
  for (const page of pages.sort((a, b) => a.name.localeCompare(b.name))) project.addChild(page)
}

const sourcesIn = (files) =>
  files.getMediaPaths().filter((path) => SOURCE.test(path) || statSync(path).isDirectory())

const codeOf = (path) => [
  { kind: 'text', text: `\`\`\`${SOURCE.exec(path)[1]}\n${readFileSync(path, 'utf8')}\`\`\`\n` },
]

const listOf = (folder, files) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => SOURCE.test(name) && !GENERATED.test(name))
    .sort()
    .flatMap((name) => [
      { kind: 'text', text: `- [${name}](` },
      { kind: 'relative-link', text: name, target: files.registerAbsolute(join(folder, name)).target },
      { kind: 'text', text: ')\n' },
    ])

/** Shows the members of a base class that is not exported as those of the class, and its name as that of the class. */
function hideInternalBaseClass({ project }) {
  const provider = project
    .getReflectionsByKind(ReflectionKind.Class)
    .find(({ name }) => name === 'IceServerProvider')
  const isInternal = (type) => type?.name?.startsWith(INTERNAL_BASE_CLASS)
  for (const reflection of Object.values(project.reflections)) {
    if (reflection.name === '__namedParameters') reflection.name = 'options'
    if (isInternal(reflection.inheritedFrom)) delete reflection.inheritedFrom
    if (isInternal(reflection.overwrites)) delete reflection.overwrites
    if (isInternal(reflection.type?.typeArguments?.[0])) {
      reflection.type.typeArguments[0] = ReferenceType.createResolvedReference(
        provider.name,
        provider,
        project,
      )
    }
  }
  delete provider.extendedTypes
  delete provider.typeHierarchy
}

/** Lets the anchor of a heading contain its code. TypeDoc leaves it out. */
function keepCodeInAnchors(markdown) {
  markdown.core.ruler.push('heading-code', ({ tokens }) => {
    for (const [index, { type }] of tokens.entries()) {
      if (type !== 'heading_open') continue
      for (const token of tokens[index + 1].children) {
        if (token.type === 'code_inline') token.children = [{ type: 'text', content: token.content }]
      }
    }
  })
}

export default {
  name: 'turnkeeper',
  entryPoints,
  tsconfig: pathOf('tsconfig.json'),
  out: pathOf('.site'),
  readme: pathOf('docs/README.md'),
  projectDocuments: Object.values(PAGES).flat().map(pathOf),
  plugin: [
    ({ converter }) => {
      converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, page) => describePage(page))
      converter.on(Converter.EVENT_RESOLVE_BEGIN, nameModules)
      converter.on(Converter.EVENT_RESOLVE_BEGIN, addSourcePages)
      converter.on(Converter.EVENT_RESOLVE_END, hideInternalBaseClass, -10_000)
    },
  ],
  customCss: pathOf('docs/site.css'),
  favicon: pathOf('docs/images/icon.svg'),
  markdownItLoader: keepCodeInAnchors,
  disableSources: true,
  excludeInternal: true,
  jsDocCompatibility: { defaultTag: false }, // a default is a sentence, not code
  excludeProtected: true,
  skipErrorChecking: true, // `npm run types` checks them
  treatWarningsAsErrors: true,
  requiredToBeDocumented: ['Class', 'Interface', 'TypeAlias'],
  // TypeDoc cannot copy a folder that a page links to: `addSourcePages` creates a page for it.
  validation: { notExported: true, invalidLink: true, notDocumented: true, invalidPath: false },
  includeHierarchySummary: false,
  navigation: { includeGroups: true },
  groupOrder: [
    ...Object.keys(PAGES),
    'Modules',
    'Provider',
    'Live connections',
    'Validation and configuration',
    'Diagnostics',
    'Errors',
    'Server: handler',
    'Server: Node',
    'Server: TURN REST',
    'Server: Cloudflare',
    'Server: errors',
    'Constructors',
    'Methods',
    'Accessors',
    'Properties',
    '*',
    'Example files',
  ],
  kindSortOrder: [
    'Document',
    'Module',
    'Class',
    'Function',
    'Variable',
    'Interface',
    'TypeAlias',
    'Constructor',
    'Method',
    'Accessor',
    'Property',
  ],
  useFirstParagraphOfCommentAsSummary: true,
  headings: { readme: false },
  searchInComments: true,
  searchInDocuments: true,
  searchGroupBoosts: { Guides: 5, Recipes: 5, 'Example files': 0.2 },
  highlightLanguages: ['ts', 'tsx', 'js', 'jsx', 'sh', 'html', 'json', 'vue', 'svelte'],
}

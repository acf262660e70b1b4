/** The code of `docs/migration.md` that replaces the old one, as functions that can be called. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'

const ROOT = new URL('../..', import.meta.url).pathname

/** Returns the code after "After:" in a section, as the body of a CommonJS module. */
export function readMigrationCode(section: string): string {
  const page = readFileSync(join(ROOT, 'docs/migration.md'), 'utf8')
  const [, text = ''] = page.split(`\n## ${section}\n`)
  const [, code] = /\*\*After:\*\*\n\n```ts\n([\s\S]*?)```/.exec(text.split('\n## ')[0] ?? '') ?? []
  if (code === undefined) throw new Error(`docs/migration.md has no code in ${section}`)
  const { outputText } = ts.transpileModule(code, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  })
  return outputText
}

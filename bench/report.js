import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'

/**
 * What a part of the bench found.
 *
 * @typedef {object} Findings
 * @property {Table[]} tables
 * @property {string[]} [notes] - Sentences below the tables.
 * @property {Record<string, string>} [versions] - Of what was compared with.
 *
 * @typedef {{ caption: string, rows: Row[] }} Table
 * @typedef {Record<string, string | number>} Row - Cells by the heads of their columns.
 */

const FILE = new URL('RESULTS.md', import.meta.url)

const HEAD = `# Results

Written by \`npm run bench\`. Every ratio is of things measured in turn in one run on one machine, the median of several
rounds; beside it the lowest and the highest round. What has another date than the rest was run alone.
`

/** Three significant digits tell all that a run on a shared machine can. */
export function tidy(number) {
  return Number(number.toPrecision(3))
}

/** The cells that every compared row has. */
export function ratioCells({ ratio, lowest, highest }) {
  return { ratio: tidy(ratio), 'lowest – highest': `${tidy(lowest)} – ${tidy(highest)}` }
}

/** The version of an installed package. @param {string | URL} root - A folder with `node_modules`. */
export function versionOf(name, root = new URL('../', import.meta.url)) {
  const file = new URL(`node_modules/${name}/package.json`, root)
  return JSON.parse(readFileSync(file, 'utf8')).version
}

/** Prints what was found. @param {Findings} findings */
export function print({ tables, notes = [] }) {
  for (const { caption, rows } of tables) {
    console.log(`\n${caption}`)
    console.table(rows)
  }
  for (const note of notes) console.log(note)
}

/** Writes what was found into its place in RESULTS.md, and leaves the other parts as they are. */
export function write(title, findings, titles) {
  const written = existsSync(FILE) ? readFileSync(FILE, 'utf8') : ''
  const parts = new Map(
    written
      .split(/^(?=## )/m)
      .slice(1)
      .map((part) => [/^## (.*)/.exec(part)[1], part.trimEnd()]),
  )
  parts.set(title, toMarkdown(title, findings))
  const inOrder = titles.flatMap((title) => parts.get(title) ?? [])
  writeFileSync(FILE, `${[HEAD.trimEnd(), ...inOrder].join('\n\n')}\n`)
}

function toMarkdown(title, { tables, notes = [], versions = {} }) {
  const tableTexts = tables.map(({ caption, rows }) => `${caption}\n\n${toTable(rows)}`)
  return [`## ${title}`, describeRun(versions), ...tableTexts, ...notes].join('\n\n')
}

function describeRun(versions) {
  const date = new Date().toISOString().slice(0, 10)
  const machine = `${cpus()[0]?.model.trim()}, ${cpus().length} cores`
  const all = { Node: process.versions.node, turnkeeper: ownVersion(), ...versions }
  const versionTexts = Object.entries(all).map(([name, version]) => `${name} ${version}`)
  return [date, machine, ...versionTexts].join(' · ')
}

function ownVersion() {
  return JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).version
}

function toTable(rows) {
  const heads = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const align = heads.map((_, index) => (index === 0 ? '---' : '---:'))
  const cells = rows.map((row) => heads.map((head) => toText(row[head])))
  return [heads, align, ...cells].map((line) => `| ${line.join(' | ')} |`).join('\n')
}

function toText(cell = '') {
  return typeof cell === 'number' ? cell.toLocaleString('en', { maximumSignificantDigits: 15 }) : cell
}

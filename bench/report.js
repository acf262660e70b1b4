/** Prints the findings of the benchmarks and writes them to RESULTS.md. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { TITLES } from './sections.js'

/**
 * The findings of one benchmark.
 *
 * @typedef {object} Findings
 * @property {Table[]} tables
 * @property {string[]} [notes] - Sentences that follow the tables.
 * @property {Record<string, string>} [versions] - Versions of the packages and browsers in the comparison.
 *
 * @typedef {{ caption: string, rows: Row[] }} Table
 * @typedef {Record<string, string | number>} Row - Cells by column name.
 */

const FILE = new URL('RESULTS.md', import.meta.url)

const HEADER = `# Results

Written by \`npm run bench\`. Every ratio compares things that were measured alternately, in one run on one machine. It is the
median of several rounds and is followed by the lowest and the highest round. A section with another date was run separately.
`

/** Rounds to three significant digits: a run on a shared machine is not more precise. */
export function tidy(number) {
  return Number(number.toPrecision(3))
}

/** Returns the cells that every row with a comparison has. */
export function ratioCells({ ratio, lowest, highest }) {
  return { ratio: tidy(ratio), 'lowest – highest': `${tidy(lowest)} – ${tidy(highest)}` }
}

/** Returns the version of an installed package. @param {string | URL} root - A folder with `node_modules`. */
export function versionOf(name, root = new URL('../', import.meta.url)) {
  const file = new URL(`node_modules/${name}/package.json`, root)
  return JSON.parse(readFileSync(file, 'utf8')).version
}

/** Prints findings to the console. @param {Findings} findings */
export function print({ tables, notes = [] }) {
  for (const { caption, rows } of tables) {
    console.log(`\n${caption}`)
    console.table(rows)
  }
  for (const note of notes) console.log(note)
}

/** Replaces one section of RESULTS.md and keeps the others. @param {string} title @param {Findings} findings */
export function write(title, findings) {
  const previous = existsSync(FILE) ? readFileSync(FILE, 'utf8') : ''
  const sections = new Map(
    previous
      .split(/^(?=## )/m)
      .slice(1)
      .map((section) => [/^## (.*)/.exec(section)[1], section.trimEnd()]),
  )
  sections.set(title, toMarkdown(title, findings))
  const inOrder = TITLES.flatMap((title) => sections.get(title) ?? [])
  writeFileSync(FILE, `${[HEADER.trimEnd(), ...inOrder].join('\n\n')}\n`)
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
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const align = columns.map((_, index) => (index === 0 ? '---' : '---:'))
  const cells = rows.map((row) => columns.map((column) => toText(row[column])))
  return [columns, align, ...cells].map((line) => `| ${line.join(' | ')} |`).join('\n')
}

function toText(cell = '') {
  return typeof cell === 'number' ? cell.toLocaleString('en', { maximumSignificantDigits: 15 }) : cell
}

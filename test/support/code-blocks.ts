import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A piece of code in a text, and where it begins. */
export interface CodeBlock {
  readonly language: string
  readonly code: string
  /** `file:line` */
  readonly place: string
}

const FENCE = /^([ *\t]*)```(\w+)\n([\s\S]*?)^[ *\t]*```$/gm

/** The fenced blocks of a file: in Markdown all, in source those of its doc comments. */
export function codeBlocksOf(root: string, file: string): CodeBlock[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(FENCE)].map(({ 1: margin = '', 2: language = '', 3: lines = '', index }) => ({
    language,
    code: lines
      .split('\n')
      .map((line) => line.slice(margin.length))
      .join('\n'),
    place: `${file}:${text.slice(0, index).split('\n').length}`,
  }))
}

/** The files below a folder with an ending, by their paths from the root. */
export function filesBelow(root: string, folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending) && !path.startsWith('api'))
    .map((path) => `${folder}/${path}`)
    .sort()
}

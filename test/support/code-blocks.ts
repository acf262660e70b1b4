/** Finds the fenced code blocks in Markdown and in doc comments. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** A fenced code block, and where it begins. */
export interface CodeBlock {
  readonly language: string
  readonly code: string
  /** `file:line` */
  readonly place: string
}

const FENCE = /^([ *\t]*)```(\w+)\n([\s\S]*?)^[ *\t]*```$/gm

/** Returns the fenced code blocks of a file: all of a Markdown file, those in doc comments of a source file. */
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

/** Returns the files in a folder and its subfolders with this ending, as paths from the root. */
export function filesBelow(root: string, folder: string, ending: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => `${folder}/${path}`)
    .sort()
}

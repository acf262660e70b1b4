/** The list of failure modes: every row names a test that exists. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

/** File and title in the last column of each row. */
const rows = [...read('failure-modes.md').matchAll(/\| `([\w/-]+)`: (.+) \|$/gm)].map(
  ([, file = '', title = '']) => ({
    file,
    title,
  }),
)

describe('the list of failure modes', () => {
  it('contains over a hundred different rows, as the README states', () => {
    expect(rows.length).toBeGreaterThan(100)
    expect(read('../README.md')).toContain(`[over 100 failure modes](test/failure-modes.md)`)
    expect(new Set(rows.map(({ file, title }) => file + title)).size).toBe(rows.length)
  })

  it.each(rows)('names a test that exists in $file: $title', ({ file, title }) => {
    const quotes = ["'", '"', '`']
    expect(quotes.some((quote) => read(`${file}.test.ts`).includes(quote + title + quote))).toBe(true)
  })
})

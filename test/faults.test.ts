import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')

/** File and title of the last column of each row. */
const rows = [...read('faults.md').matchAll(/\| `([\w/-]+)`: (.+) \|$/gm)].map(
  ([, file = '', title = '']) => ({
    file,
    title,
  }),
)

it('lists at least forty faults, each in one row', () => {
  expect(rows.length).toBeGreaterThanOrEqual(40)
  expect(read('../README.md')).toContain(`[${rows.length} faults](test/faults.md)`)
  expect(new Set(rows.map(({ file, title }) => file + title)).size).toBe(rows.length)
})

it.each(rows)('has the test of $file: $title', ({ file, title }) => {
  const quotes = ["'", '"', '`']
  expect(quotes.some((quote) => read(`${file}.test.ts`).includes(quote + title + quote))).toBe(true)
})

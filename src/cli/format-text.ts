/** Writes text for terminals. */

/** Longer texts are cut. */
const MAX_LENGTH = 500

/** Aligns two columns. */
export function formatRows(rows: readonly (readonly [string, string])[]): string[] {
  const width = rows.reduce((longest, [first]) => Math.max(longest, first.length), 0)
  return rows.map(([first, second]) => `  ${printable(first).padEnd(width)}  ${printable(second)}`.trimEnd())
}

/** Returns a text that a server may have sent in one line, without control characters such as escape sequences. */
export function printable(text: string): string {
  const cut = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text
  return cut.replace(/[\p{C}\s]+/gu, ' ')
}

/** Returns a number of URLs. */
export function countUrls(count: number): string {
  return count === 1 ? '1 URL' : `${count} URLs`
}

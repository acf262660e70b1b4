/** Finds the known name that is closest to a misspelt one. */

/** A name gets a suggestion if at most this part of it has to be edited. */
const MAX_EDITS_RATIO = 1 / 3

/** Longer names get no suggestion. */
const MAX_NAME_LENGTH = 50

/** Returns the known name that takes the fewest edits, ignoring case; `undefined` if all of them take too many. */
export function findNearest(name: string, known: readonly string[]): string | undefined {
  if (name.length > MAX_NAME_LENGTH) return undefined
  const [nearest] = known
    .map((candidate) => ({ candidate, edits: countEdits(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)
  return nearest && nearest.edits <= name.length * MAX_EDITS_RATIO ? nearest.candidate : undefined
}

/** Levenshtein distance: the number of characters to insert, delete or replace. */
function countEdits(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 0; i < from.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < to.length; j++) {
      const replaced = (row[j] ?? 0) + (from[i] === to[j] ? 0 : 1)
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1))
    }
    row = next
  }
  return row[to.length] ?? 0
}

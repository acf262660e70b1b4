/** Finds the known name that a misspelt one stands for. */

/** A name gets a suggestion if at least this part of the longer one is the same at its two ends. */
const MIN_SIMILARITY = 0.5

/** Returns the known name that has the most in common with another at both ends; `undefined` if that is too little. */
export function findNearest(name: string, known: readonly string[]): string | undefined {
  const [nearest] = known
    .map((candidate) => ({ candidate, similarity: similarityOf(name, candidate) }))
    .sort((a, b) => b.similarity - a.similarity)
  return nearest && nearest.similarity >= MIN_SIMILARITY ? nearest.candidate : undefined
}

/** A wrong, missing, additional or exchanged letter leaves what is before and after it. */
function similarityOf(a: string, b: string): number {
  const start = commonStart(a, b)
  const end = commonStart(reversed(a.slice(start)), reversed(b.slice(start)))
  return (start + end) / Math.max(a.length, b.length)
}

function commonStart(a: string, b: string): number {
  const length = [...a].findIndex((letter, index) => letter !== b[index])
  return length < 0 ? a.length : length
}

const reversed = (text: string): string => [...text].reverse().join('')

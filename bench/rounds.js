/** Times tasks alternately. Without imports, because it runs in Node and in a page. */

/** @param {readonly number[]} numbers */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * Times single calls of all tasks alternately, so that noise affects all of them. The order changes each time, so that the
 * garbage of one task is not always collected during the same other task.
 *
 * @param {Record<string, () => Promise<unknown>>} tasks
 * @param {{ rounds: number, callsPerRound: number }} settings
 * @returns {Promise<Record<string, number[]>>} The median of each round in ms, for each task.
 */
export async function timeAlternately(tasks, { rounds, callsPerRound }) {
  const names = Object.keys(tasks)
  const medians = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    const times = Object.fromEntries(names.map((name) => [name, []]))
    for (let call = 0; call < callsPerRound; call++) {
      for (const name of shuffled(names)) {
        const startedAt = performance.now()
        await tasks[name]()
        times[name].push(performance.now() - startedAt)
      }
    }
    for (const name of names) medians[name].push(median(times[name]))
  }
  return medians
}

function shuffled(list) {
  const keyed = list.map((item) => ({ item, key: Math.random() }))
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item)
}

/**
 * Compares two series round by round.
 *
 * @param {readonly number[]} rounds
 * @param {readonly number[]} base - The same rounds of the task to compare with.
 */
export function compareRounds(rounds, base) {
  const ratios = rounds.map((value, round) => value / base[round])
  return { ratio: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) }
}

/** Runs in Node and in a page alike, so it imports nothing. */

/** @param {readonly number[]} numbers */
export function median(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/**
 * Times single calls of all tasks in turn, so that a noisy moment hits all of them. In every turn they come in
 * another order: what one leaves behind, such as garbage, is not always paid for by the same next one.
 *
 * @param {Record<string, () => Promise<unknown>>} tasks
 * @param {{ rounds: number, callsPerRound: number }} settings
 * @returns {Promise<Record<string, number[]>>} for each task its median in each round, in ms
 */
export async function timeInTurn(tasks, { rounds, callsPerRound }) {
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
  const places = list.map((item) => ({ item, place: Math.random() }))
  return places.sort((one, other) => one.place - other.place).map(({ item }) => item)
}

/**
 * Compares two series round by round.
 *
 * @param {readonly number[]} rounds
 * @param {readonly number[]} base - The same rounds of what it is compared with.
 */
export function compareRounds(rounds, base) {
  const ratios = rounds.map((value, round) => value / base[round])
  return { ratio: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) }
}

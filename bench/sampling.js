import { measure } from 'mitata'

/**
 * Measures the tasks in turn, so that a noisy minute hits all of them; for what is too short to be timed call by call.
 *
 * @param {Record<string, () => unknown>} tasks
 * @param {{ rounds?: number, roundMs?: number, statistic?: 'p50' | 'avg' }} [settings] - `roundMs` is for each task;
 * `avg` has in it what the garbage collector takes now and then from long calls.
 * @returns {Promise<Record<string, number[]>>} for each task the time of a call in each round, in ns
 */
export async function sampleInTurn(tasks, { rounds = 11, roundMs = 60, statistic = 'p50' } = {}) {
  const series = Object.fromEntries(Object.keys(tasks).map((name) => [name, []]))
  // The first round is for the compiler.
  for (let round = -1; round < rounds; round++) {
    for (const [name, task] of Object.entries(tasks)) {
      const times = await measure(task, { gc: false, min_cpu_time: roundMs * 1e6, min_samples: 3 })
      if (round >= 0) series[name].push(times[statistic])
    }
  }
  return series
}

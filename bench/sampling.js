/** Samples tasks that are too short to time call by call. */
import { measure } from 'mitata'

/**
 * Measures the tasks alternately, so that noise affects all of them.
 *
 * @param {Record<string, () => unknown>} tasks
 * @param {{ rounds?: number, roundMs?: number, statistic?: 'p50' | 'avg' }} [settings] - `roundMs` is the
 * time per task. `avg` includes the time of garbage collections.
 * @returns {Promise<Record<string, number[]>>} The time per call of each round in ns, for each task.
 */
export async function sampleAlternately(tasks, { rounds = 11, roundMs = 60, statistic = 'p50' } = {}) {
  const series = Object.fromEntries(Object.keys(tasks).map((name) => [name, []]))
  // Round -1 warms up the compiler.
  for (let round = -1; round < rounds; round++) {
    for (const [name, task] of Object.entries(tasks)) {
      const times = await measure(task, { gc: false, min_cpu_time: roundMs * 1e6, min_samples: 3 })
      if (round >= 0) series[name].push(times[statistic])
    }
  }
  return series
}

import { createFakeConnection } from './fake-connection.js'
import { heldBytes, usedBytes } from './heap.js'
import { ratioCells, tidy } from './report.js'
import { compareRounds, median, timeInTurn } from './rounds.js'
import { createUpdatingProvider } from './updating-provider.js'

const COUNTS = [1, 10, 100, 1_000]
const BASE = 10
const LINEAR_LIMIT = 1.5
const SETTINGS = { rounds: 7, callsPerRound: 30 }
const ALLOCATIONS = 30
const REPETITIONS = 10_000
const GROWTH_LIMIT = 1.02

/** The work of each count of connections, and of none, for what an update takes without any. */
async function withProviders(work) {
  const providers = [0, ...COUNTS].map((count) => [count, createUpdatingProvider(count)])
  try {
    return await work(Object.fromEntries(providers))
  } finally {
    for (const [, { close }] of providers) close()
  }
}

/** Bytes that one update of each provider allocates; a collection amid one is an outlier, which the median leaves out. */
async function measureAllocation(providers) {
  const sizes = Object.fromEntries(Object.keys(providers).map((count) => [count, []]))
  for (let time = 0; time < ALLOCATIONS; time++) {
    for (const [count, { update }] of Object.entries(providers)) {
      globalThis.gc()
      const before = usedBytes()
      await update()
      sizes[count].push(usedBytes() - before)
    }
  }
  return Object.fromEntries(Object.entries(sizes).map(([count, list]) => [count, median(list)]))
}

async function measureGrowth() {
  return withProviders(async (providers) => {
    const updates = Object.fromEntries(
      Object.entries(providers).map(([count, { update }]) => [count, update]),
    )
    await timeInTurn(updates, { rounds: 1, callsPerRound: 100 })
    const times = await timeInTurn(updates, SETTINGS)
    const perConnection = (count) => times[count].map((time, round) => (time - times[0][round]) / count)
    const bytes = await measureAllocation(providers)
    const bytesPerConnection = (count) => (bytes[count] - bytes[0]) / count
    const rows = COUNTS.map((count) => ({
      connections: count,
      'time: ratio': tidy(compareRounds(perConnection(count), perConnection(BASE)).ratio),
      'at most': count > BASE ? LINEAR_LIMIT : '',
      'bytes: ratio': tidy(bytesPerConnection(count) / bytesPerConnection(BASE)),
      'at most ': count > BASE ? LINEAR_LIMIT : '',
      'bytes of a connection': Math.round(bytesPerConnection(count)),
      'whole update, ratio to none attached': tidy(compareRounds(times[count], times[0]).ratio),
    }))
    const caption = `One update: what each attached connection adds to one without any, as a ratio to that of ${BASE}:`
    return { caption, rows }
  })
}

/** Attaching and detaching one more, beside so many others. */
async function measureAttaching() {
  return withProviders(async (providers) => {
    const connection = createFakeConnection()
    const attachAndDetach = ({ provider }) => provider.attach(connection)()
    const tasks = Object.fromEntries(
      Object.entries(providers).map(([count, one]) => [count, async () => attachAndDetach(one)]),
    )
    await timeInTurn(tasks, { rounds: 1, callsPerRound: 500 })
    const times = await timeInTurn(tasks, { ...SETTINGS, callsPerRound: 200 })
    // Not to that beside none, where the provider begins to keep itself fresh, and stops, each time.
    const rows = COUNTS.map((count) => ({
      'already attached': count,
      ...ratioCells(compareRounds(times[count], times[COUNTS[0]])),
    }))
    return { caption: 'Attaching and detaching one more, as a ratio to that beside one:', rows }
  })
}

/** The first repetitions fill caches and compile, so what is held after them is compared with what is after as many more. */
async function watchHeap(name, repeat) {
  for (let time = 0; time < REPETITIONS; time++) await repeat()
  const before = await heldBytes()
  for (let time = 0; time < REPETITIONS; time++) await repeat()
  const after = await heldBytes()
  return {
    repeated: name,
    'heap: ratio': Number((after / before).toFixed(4)),
    'at most': GROWTH_LIMIT,
    'bytes more, of each': tidy((after - before) / REPETITIONS),
  }
}

async function measureMemory() {
  const { provider, update, close } = createUpdatingProvider(10)
  try {
    const rows = [
      await watchHeap('update of 10 connections', update),
      await watchHeap('pair of attach and detach', async () => provider.attach(createFakeConnection())()),
    ]
    return { caption: 'Heap after 20,000 and a forced collection, as a ratio to that after 10,000:', rows }
  } finally {
    close()
  }
}

/** What attached connections cost, in time and memory. */
export async function measure() {
  return { tables: [await measureGrowth(), await measureAttaching(), await measureMemory()] }
}

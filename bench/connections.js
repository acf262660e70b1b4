/** What attached connections cost, in time and memory. */
import { heldBytes, usedBytes } from './heap.js'
import { ratioCells, tidy } from './report.js'
import { compareRounds, median, timeAlternately } from './rounds.js'
import { createRelayConnection, createUpdatingProvider } from './updating-provider.js'

const COUNTS = [1, 10, 100, 1_000]
const BASE_COUNT = 10
const LINEAR_LIMIT = 1.5
const SETTINGS = { rounds: 7, callsPerRound: 30 }
const ALLOCATION_ROUNDS = 30
const REPETITIONS = 10_000
const GROWTH_LIMIT = 1.02

/** Runs a task with one provider for each count of connections, and one without connections. */
async function withProviders(task) {
  const providers = [0, ...COUNTS].map((count) => [count, createUpdatingProvider(count)])
  try {
    return await task(Object.fromEntries(providers))
  } finally {
    for (const [, { close }] of providers) close()
  }
}

/** Measures the bytes that one update allocates. The median ignores updates with a garbage collection in between. */
async function measureAllocation(providers) {
  const sizes = Object.fromEntries(Object.keys(providers).map((count) => [count, []]))
  for (let round = 0; round < ALLOCATION_ROUNDS; round++) {
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
    await timeAlternately(updates, { rounds: 1, callsPerRound: 100 })
    const times = await timeAlternately(updates, SETTINGS)
    const perConnection = (count) => times[count].map((time, round) => (time - times[0][round]) / count)
    const bytes = await measureAllocation(providers)
    const bytesPerConnection = (count) => (bytes[count] - bytes[0]) / count
    const rows = COUNTS.map((count) => ({
      connections: count,
      'time, ratio': tidy(compareRounds(perConnection(count), perConnection(BASE_COUNT)).ratio),
      'time, at most': count > BASE_COUNT ? LINEAR_LIMIT : '',
      'bytes, ratio': tidy(bytesPerConnection(count) / bytesPerConnection(BASE_COUNT)),
      'bytes, at most': count > BASE_COUNT ? LINEAR_LIMIT : '',
      'bytes per connection': Math.round(bytesPerConnection(count)),
      'whole update, ratio to no connection': tidy(compareRounds(times[count], times[0]).ratio),
    }))
    const caption = `What each attached connection adds to an update, relative to ${BASE_COUNT} connections:`
    return { caption, rows }
  })
}

/** Measures how long it takes to attach and detach one more connection. */
async function measureAttaching() {
  return withProviders(async (providers) => {
    const connection = createRelayConnection()
    const attachAndDetach = ({ provider }) => provider.attach(connection)()
    const tasks = Object.fromEntries(
      Object.entries(providers).map(([count, updating]) => [count, async () => attachAndDetach(updating)]),
    )
    await timeAlternately(tasks, { rounds: 1, callsPerRound: 500 })
    const times = await timeAlternately(tasks, { ...SETTINGS, callsPerRound: 200 })
    // Not relative to none: there the provider starts and stops its refreshes each time.
    const rows = COUNTS.map((count) => ({
      'already attached': count,
      ...ratioCells(compareRounds(times[count], times[COUNTS[0]])),
    }))
    return {
      caption: 'Attaching and detaching one more connection, relative to one attached connection:',
      rows,
    }
  })
}

/** Compares the heap after two equal numbers of repetitions. The first ones fill caches and compile the code. */
async function watchHeap(name, repeat) {
  for (let count = 0; count < REPETITIONS; count++) await repeat()
  const before = await heldBytes()
  for (let count = 0; count < REPETITIONS; count++) await repeat()
  const after = await heldBytes()
  return {
    repeated: name,
    'heap, ratio': Number((after / before).toFixed(4)),
    'at most': GROWTH_LIMIT,
    'bytes per repetition': tidy((after - before) / REPETITIONS),
  }
}

async function measureMemory() {
  const { provider, update, close } = createUpdatingProvider(10)
  try {
    const rows = [
      await watchHeap('update of 10 connections', update),
      await watchHeap('attach and detach', async () => provider.attach(createRelayConnection())()),
    ]
    return {
      caption: 'Heap after 20,000 repetitions and a forced garbage collection, relative to 10,000:',
      rows,
    }
  } finally {
    close()
  }
}

export async function measure() {
  return { tables: [await measureGrowth(), await measureAttaching(), await measureMemory()] }
}

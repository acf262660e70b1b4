/**
 * How fast the backend handler is, compared with a server that only creates one signature, and whether it leaks memory. Each
 * handler runs on the same HTTP server in its own process. Run `npm run build` first.
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'
import { print, ratioCells, versionOf } from './report.js'
import { compareRounds, median } from './rounds.js'
import { MINUTE, SECOND } from './time.js'

const LIMITS = { ratio: 0.7, heapGrowth: 1.2 }
const NAMES = ['handler', 'signature', 'nodeSignature', 'constant']
const CONNECTIONS = 20
const ROUNDS = 5
const ROUND_SECONDS = 2
const WARM_UP_SECONDS = 2
const MEMORY_STEPS = 4
const REQUESTS_PER_STEP = 50_000
const TIMEOUT_MS = 3 * MINUTE
const EXIT_TIMEOUT_MS = 5 * SECOND

/** Starts a child process with the flags of this one, so that `node --cpu-prof` profiles it as well. */
async function startServer(name) {
  const file = new URL('handler-server.js', import.meta.url)
  const child = fork(file, [name], { execArgv: [...process.execArgv, '--expose-gc'] })
  const exited = once(child, 'exit')
  const failed = exited.then(([code, signal]) => {
    throw new Error(`the ${name} process exited early (${signal ?? code})`)
  })
  // Only `nextMessage` reports the rejection. Every process exits in the end.
  failed.catch(() => {})
  const nextMessage = async () => (await Promise.race([once(child, 'message'), failed]))[0]

  const stop = async () => {
    if (child.connected) child.disconnect()
    const timer = setTimeout(() => child.kill('SIGKILL'), EXIT_TIMEOUT_MS)
    await exited
    clearTimeout(timer)
  }
  const measureUsage = () => {
    child.send('usage')
    return nextMessage()
  }
  try {
    const { port } = await nextMessage()
    return { url: `http://127.0.0.1:${port}/`, measureUsage, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Runs a task with one server for each name, and always stops them. */
async function withServers(names, task) {
  const started = await Promise.allSettled(names.map(startServer))
  try {
    const failure = started.find(({ status }) => status === 'rejected')
    if (failure) throw failure.reason
    return await task(started.map(({ value }) => value))
  } finally {
    await Promise.all(started.map(({ value }) => value?.stop()))
  }
}

/** Sends requests for a `duration` in seconds or up to an `amount`. Throws if a response is not a 200. */
async function sendLoad({ url }, bounds) {
  const latencies = []
  const run = autocannon({ url, connections: CONNECTIONS, bailout: 1, ...bounds })
  // The histogram of autocannon contains whole milliseconds only.
  run.on('response', (_client, _status, _bytes, milliseconds) => latencies.push(milliseconds))
  const result = await run
  const responses = result['2xx']
  const isIncomplete = responses < (bounds.amount ?? 1)
  if (result.errors > 0 || result.non2xx > 0 || isIncomplete) {
    throw new Error(`${url}: ${responses} × 2xx, ${result.non2xx} × other statuses, ${result.errors} errors`)
  }
  return { responses, perSecond: responses / result.duration, latencies }
}

/** Measures one round: the throughput and latency at the client, and the CPU time of the server. */
async function runRound(server) {
  const before = await server.measureUsage()
  const { responses, perSecond, latencies } = await sendLoad(server, { duration: ROUND_SECONDS })
  const after = await server.measureUsage()
  latencies.sort((a, b) => a - b)
  return {
    perSecond,
    p50: latencies[Math.floor(latencies.length * 0.5)],
    p99: latencies[Math.floor(latencies.length * 0.99)],
    cpuMicroseconds: (after.cpuMicroseconds - before.cpuMicroseconds) / responses,
  }
}

/** Measures rounds of all handlers alternately, so that noise affects all of them. */
async function compareSpeed() {
  return withServers(NAMES, async (servers) => {
    for (const server of servers) await sendLoad(server, { duration: WARM_UP_SECONDS })
    const rounds = NAMES.map(() => [])
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, server] of servers.entries()) rounds[index].push(await runRound(server))
    }
    return Object.fromEntries(NAMES.map((name, index) => [name, rounds[index]]))
  })
}

/** Measures the heap of a new process after each step of requests. */
async function measureHeapGrowth() {
  return withServers(['handler'], async ([server]) => {
    const heaps = []
    for (let step = 1; step <= MEMORY_STEPS; step++) {
      await sendLoad(server, { amount: REQUESTS_PER_STEP })
      heaps.push({ requests: step * REQUESTS_PER_STEP, bytes: (await server.measureUsage()).heapUsed })
    }
    return heaps
  })
}

function roundTo(number, digits = 0) {
  return Number(number.toFixed(digits))
}

function summarize(rounds) {
  const of = (key) => rounds.map((round) => round[key])
  return {
    'requests/s': roundTo(median(of('perSecond'))),
    slowest: roundTo(Math.min(...of('perSecond'))),
    fastest: roundTo(Math.max(...of('perSecond'))),
    'p50 ms': roundTo(median(of('p50')), 2),
    'p99 ms': roundTo(median(of('p99')), 2),
    'CPU µs/request': roundTo(median(of('cpuMicroseconds'))),
  }
}

/** Measures speed and heap growth. @returns {Promise<import('./report.js').Findings>} */
export async function measure() {
  const rounds = await compareSpeed()
  const perSecond = (name) => rounds[name].map((round) => round.perSecond)
  const compare = (name, base) => ratioCells(compareRounds(perSecond(name), perSecond(base)))
  const handler = {
    compared: 'handler / signature',
    ...compare('handler', 'signature'),
    'at least': LIMITS.ratio,
  }
  const others = [
    ['handler', 'nodeSignature'],
    ['handler', 'constant'],
    ['signature', 'constant'],
  ].map(([name, base]) => ({ compared: `${name} / ${base}`, ...compare(name, base) }))

  const heaps = await measureHeapGrowth()
  const growth = heaps.at(-1).bytes / heaps[0].bytes
  const heap = { requests: heaps.at(-1).requests, ratio: roundTo(growth, 3), 'at most': LIMITS.heapGrowth }
  const note =
    '`signature` creates one signature with WebCrypto and sends a constant response, `nodeSignature` creates it with `node:crypto`, ' +
    'as the handler does in runtimes that have it, and `constant` creates none.'
  const missed =
    'The handler misses its target: beside the signature, it observes whether the client disconnects, limits the time, and formats a new response.'
  const isSlow = handler.ratio < LIMITS.ratio
  const firstStep = heaps[0].requests.toLocaleString('en')
  return {
    tables: [
      { caption: 'Responses per second:', rows: [handler, ...others] },
      {
        caption: 'Absolute values:',
        rows: NAMES.map((server) => ({ server, ...summarize(rounds[server]) })),
      },
      { caption: `Heap, relative to that after ${firstStep} requests:`, rows: [heap] },
    ],
    notes: isSlow ? [note, missed] : [note],
    versions: Object.fromEntries(['autocannon', '@hono/node-server'].map((name) => [name, versionOf(name)])),
  }
}

async function main() {
  const onTimeout = () => {
    console.error(`The benchmark did not finish within ${TIMEOUT_MS / SECOND} s.`)
    process.exit(1)
  }
  setTimeout(onTimeout, TIMEOUT_MS).unref()
  const { tables, notes } = await measure()
  print({ tables, notes })
  const [speed, , heap] = tables
  const isSlow = speed.rows[0].ratio < LIMITS.ratio
  const isGrowing = heap.rows[0].ratio > LIMITS.heapGrowth
  if (isSlow) console.error('The handler is slower than its limit.')
  if (isGrowing) console.error('The heap grows more than its limit.')
  if (isSlow || isGrowing) process.exitCode = 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()

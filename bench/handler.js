import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { serve } from '@hono/node-server'
import autocannon from 'autocannon'
import { createIceServersHandler, createTurnRestCredentials } from 'turnkeeper/server'
import { print, ratioCells, versionOf } from './report.js'
import { compareRounds, median } from './rounds.js'

/**
 * How fast the endpoint is beside one that answers with a constant, and whether it keeps memory. Each runs on the
 * same server in a process of its own, on 127.0.0.1 only. Run `npm run build` first.
 */
const LIMITS = { ratio: 0.7, heapGrowth: 1.2 }
const CONNECTIONS = 20
const ROUNDS = 5
const ROUND_SECONDS = 2
const WARM_UP_SECONDS = 2
const MEMORY_STEPS = 4
const REQUESTS_PER_STEP = 50_000
/** For a machine so slow, or a child so stuck, that the counted requests would not come to an end. */
const GIVE_UP_AFTER_MS = 180_000
const EXIT_GRACE_MS = 5_000

/** The fetch handlers to compare, by name: what the child is told to serve. */
const HANDLERS = {
  handler: createRealHandler,
  constant: createConstantHandler,
  signature: createSigningHandler,
}

function createRealHandler() {
  return createIceServersHandler({
    source: createTurnRestCredentials({
      secret: 'a-secret-of-the-bench',
      urls: ['stun:stun.example.org', 'turn:turn.example.org', 'turns:turn.example.org:443?transport=tcp'],
    }),
    authorize: () => 'user',
  })
}

/** Repeats one answer of the real handler, so that both send the same bytes. */
async function createConstantHandler() {
  const answer = await createRealHandler()(new Request('http://127.0.0.1/'))
  const headers = Object.fromEntries(answer.headers)
  const text = await answer.text()
  return () => new Response(text, { headers })
}

/** The constant after one signature by WebCrypto: no handler that signs every answer can be faster. */
async function createSigningHandler() {
  const answerConstant = await createConstantHandler()
  const key = await crypto.subtle.importKey('raw', Buffer.from('x'), { name: 'HMAC', hash: 'SHA-1' }, false, [
    'sign',
  ])
  return async () => {
    await crypto.subtle.sign('HMAC', key, Buffer.from('1795485600:user'))
    return answerConstant()
  }
}

/** The child: serves one handler, tells its port, and tells what it uses whenever it is asked. */
async function runServer(name) {
  // Also when the parent was killed: then nobody else would end this process.
  process.once('disconnect', () => process.exit())
  process.on('message', () => {
    globalThis.gc()
    const { user, system } = process.cpuUsage()
    process.send({ heapUsed: process.memoryUsage().heapUsed, cpuMicroseconds: user + system })
  })
  const fetch = await HANDLERS[name]()
  serve({ fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => process.send({ port }))
}

/** Starts a child; the flags of this process are passed on, so that `node --cpu-prof` profiles it too. */
async function startServer(name) {
  const child = fork(new URL(import.meta.url), [name], { execArgv: [...process.execArgv, '--expose-gc'] })
  const exited = once(child, 'exit')
  const failed = exited.then(([code, signal]) => {
    throw new Error(`the process of ${name} ended early: ${signal ?? code}`)
  })
  // Whoever waits for an answer sees it; nobody waits when the end is as it should be.
  failed.catch(() => {})
  const nextMessage = async () => (await Promise.race([once(child, 'message'), failed]))[0]

  const stop = async () => {
    if (child.connected) child.disconnect()
    const kill = setTimeout(() => child.kill('SIGKILL'), EXIT_GRACE_MS)
    await exited
    clearTimeout(kill)
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

/** Runs the work with a server of each name, and ends them whatever happens. */
async function withServers(names, work) {
  const started = await Promise.allSettled(names.map(startServer))
  try {
    const failure = started.find(({ status }) => status === 'rejected')
    if (failure) throw failure.reason
    return await work(started.map(({ value }) => value))
  } finally {
    await Promise.all(started.map(({ value }) => value?.stop()))
  }
}

/** Loads a server, for a `duration` in seconds or an `amount` of requests; an answer that is not a 200 is an error. */
async function load({ url }, bounds) {
  const latencies = []
  const run = autocannon({ url, connections: CONNECTIONS, bailout: 1, ...bounds })
  // The histogram of autocannon knows whole milliseconds only.
  run.on('response', (_client, _status, _bytes, milliseconds) => latencies.push(milliseconds))
  const result = await run
  const answers = result['2xx']
  const isShort = answers < (bounds.amount ?? 1)
  if (result.errors > 0 || result.non2xx > 0 || isShort) {
    throw new Error(`${url}: ${answers} good answers, ${result.non2xx} bad ones, ${result.errors} errors`)
  }
  return { answers, perSecond: answers / result.duration, latencies }
}

/** One round: what a client sees, and what it costs the server. */
async function runRound(server) {
  const before = await server.measureUsage()
  const { answers, perSecond, latencies } = await load(server, { duration: ROUND_SECONDS })
  const after = await server.measureUsage()
  latencies.sort((one, other) => one - other)
  return {
    perSecond,
    p50: latencies[Math.floor(latencies.length * 0.5)],
    p99: latencies[Math.floor(latencies.length * 0.99)],
    cpuMicroseconds: (after.cpuMicroseconds - before.cpuMicroseconds) / answers,
  }
}

/** Rounds of all, in turn, so that a busy minute of the machine hits all. */
async function compareSpeed() {
  const names = Object.keys(HANDLERS)
  return withServers(names, async (servers) => {
    for (const server of servers) await load(server, { duration: WARM_UP_SECONDS })
    const rounds = names.map(() => [])
    for (let round = 0; round < ROUNDS; round++) {
      for (const [index, server] of servers.entries()) rounds[index].push(await runRound(server))
    }
    return Object.fromEntries(names.map((name, index) => [name, rounds[index]]))
  })
}

/** The heap of a new process after each step of requests. */
async function watchHeap() {
  return withServers(['handler'], async ([server]) => {
    const heaps = []
    for (let step = 1; step <= MEMORY_STEPS; step++) {
      await load(server, { amount: REQUESTS_PER_STEP })
      heaps.push({ requests: step * REQUESTS_PER_STEP, bytes: (await server.measureUsage()).heapUsed })
    }
    return heaps
  })
}

function round(number, digits = 0) {
  return Number(number.toFixed(digits))
}

function summarize(rounds) {
  const of = (key) => rounds.map((row) => row[key])
  return {
    'requests/s': round(median(of('perSecond'))),
    slowest: round(Math.min(...of('perSecond'))),
    fastest: round(Math.max(...of('perSecond'))),
    'p50 ms': round(median(of('p50')), 2),
    'p99 ms': round(median(of('p99')), 2),
    'CPU µs/request': round(median(of('cpuMicroseconds'))),
  }
}

/** Both comparisons, for the table of the bench. @returns {Promise<import('./report.js').Findings>} */
export async function measure() {
  const rounds = await compareSpeed()
  const names = Object.keys(rounds)
  const perSecond = (name) => rounds[name].map((row) => row.perSecond)
  const compare = (name, to) => ratioCells(compareRounds(perSecond(name), perSecond(to)))
  const handler = {
    compared: 'handler / constant',
    ...compare('handler', 'constant'),
    'at least': LIMITS.ratio,
  }
  const signature = { compared: 'signature / constant', ...compare('signature', 'constant') }
  const both = { compared: 'handler / signature', ...compare('handler', 'signature') }

  const heaps = await watchHeap()
  const growth = heaps.at(-1).bytes / heaps[0].bytes
  const held = { requests: heaps.at(-1).requests, ratio: round(growth, 3), 'at most': LIMITS.heapGrowth }
  const isSlow = handler.ratio < LIMITS.ratio
  const note =
    `The handler misses its target: it signs every answer, and a server that does nothing but sign reaches ` +
    `${signature.ratio} of the constant. All else that the handler does leaves ${both.ratio} of that.`
  return {
    tables: [
      { caption: 'Answers per second:', rows: [handler, signature, both] },
      { caption: 'Beside them:', rows: names.map((name) => ({ server: name, ...summarize(rounds[name]) })) },
      { caption: `Heap, as a ratio to that after ${heaps[0].requests}:`, rows: [held] },
    ],
    notes: isSlow ? [note] : [],
    versions: Object.fromEntries(['autocannon', '@hono/node-server'].map((name) => [name, versionOf(name)])),
  }
}

async function runBench() {
  const { tables, notes } = await measure()
  print({ tables, notes })
  const [speed, , heap] = tables
  const isSlow = speed.rows[0].ratio < LIMITS.ratio
  const grows = heap.rows[0].ratio > LIMITS.heapGrowth
  if (isSlow) console.error('Too slow.')
  if (grows) console.error('The heap grows.')
  if (isSlow || grows) process.exitCode = 1
}

const isMain = process.argv[1] === fileURLToPath(import.meta.url)
if (isMain && process.argv[2]) {
  await runServer(process.argv[2])
} else if (isMain) {
  const giveUp = () => {
    console.error('Gave up: it takes too long.')
    process.exit(1)
  }
  setTimeout(giveUp, GIVE_UP_AFTER_MS).unref()
  await runBench()
}

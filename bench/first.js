/** How long a new provider takes to return its first configuration, compared with a plain request. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import ky from 'ky'
import { IceServerProvider, readIceConfiguration } from 'turnkeeper'
import { openChromium } from './first-chromium.js'
import { BASELINE, createTasks, KY, OWN, PROVIDER, READ } from './first-tasks.js'
import { ratioCells, tidy, versionOf } from './report.js'
import { compareRounds, median, timeAlternately } from './rounds.js'

const LIMIT = 1.1
const SETTINGS = { rounds: 7, callsPerRound: 150, warmUpCalls: 300 }
const PAGES = { rounds: 5, callsPerRound: 10 }
const PARTS = [BASELINE, OWN, KY, READ, PROVIDER]
const PATH = '/api/ice-servers'
/** From a page to a backend and back. On one machine it is far less. */
const ROUND_TRIP_MS = 30

async function startServer() {
  const worker = new Worker(new URL('first-server.js', import.meta.url))
  const [port] = await once(worker, 'message')
  return { url: `http://127.0.0.1:${port}/`, stop: () => worker.terminate() }
}

async function timeInNode(url) {
  const tasks = createTasks({ IceServerProvider, readIceConfiguration, ky }, url)
  await timeAlternately(tasks, { rounds: 1, callsPerRound: SETTINGS.warmUpCalls })
  return timeAlternately(tasks, SETTINGS)
}

/** Times each task in new pages, where nothing is compiled yet. The time to load the page does not count. */
async function timeInNewPages(chromium, path, names) {
  const series = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < PAGES.rounds; round++) {
    const times = Object.fromEntries(names.map((name) => [name, []]))
    for (let page = 0; page < PAGES.callsPerRound * names.length; page++) {
      const name = names[page % names.length]
      times[name].push(await chromium.timeOnce(name, path))
    }
    for (const name of names) series[name].push(median(times[name]))
  }
  return series
}

function toTable(place, series) {
  const rows = Object.entries(series).map(([name, rounds]) => ({
    [place]: name,
    ...ratioCells(compareRounds(rounds, series[BASELINE])),
    'at most': name === OWN ? LIMIT : '',
  }))
  return { caption: `${place}:`, rows }
}

/** Returns a note with the overhead of each part if the target is missed. */
function explainOverhead(place, series) {
  const overhead = (name) => tidy(compareRounds(series[name], series[BASELINE]).ratio - 1)
  if (overhead(OWN) <= LIMIT - 1) return []
  const parts = Object.keys(series).filter((name) => name !== BASELINE && name !== OWN)
  const list = parts.map((name) => `${name} ${overhead(name)}`).join('; ')
  return [
    `${place}: the target is missed. The overhead is ${overhead(OWN)} of the baseline. Overhead of each part alone: ${list}.`,
  ]
}

async function measureInChromium(url) {
  const chromium = await openChromium(url)
  if (!chromium)
    return { series: {}, versions: {}, notes: ['Not measured in Chromium: it is not installed.'] }
  try {
    const series = {
      'In Chromium, in one page': await chromium.timeInPage(SETTINGS),
      'In Chromium, the first call of a page': await timeInNewPages(chromium, PATH, PARTS),
      [`In Chromium, the first call of a page, with a round trip of ${ROUND_TRIP_MS} ms`]:
        await timeInNewPages(chromium, `${PATH}?${ROUND_TRIP_MS}`, [BASELINE, OWN]),
    }
    return { series, versions: { Chromium: chromium.version }, notes: [] }
  } finally {
    await chromium.close()
  }
}

export async function measure() {
  const server = await startServer()
  try {
    const inNode = await timeInNode(new URL(PATH, server.url).href)
    const { series, versions, notes } = await measureInChromium(server.url)
    const places = Object.entries({ 'In Node': inNode, ...series })
    return {
      tables: places.map(([place, rounds]) => toTable(place, rounds)),
      notes: [...places.flatMap(([place, rounds]) => explainOverhead(place, rounds)), ...notes],
      versions: { ...versions, ky: versionOf('ky') },
    }
  } finally {
    await server.stop()
  }
}

import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import ky from 'ky'
import { IceServerProvider, readIceConfiguration } from 'turnkeeper'
import { openChromium } from './first-chromium.js'
import { createTasks, FLOOR, OWN, PROVIDER, READ } from './first-tasks.js'
import { ratioCells, tidy, versionOf } from './report.js'
import { compareRounds, median, timeInTurn } from './rounds.js'

const LIMIT = 1.1
const SETTINGS = { rounds: 7, callsPerRound: 150, warmUpCalls: 300 }
const PAGES = { rounds: 5, callsPerRound: 6 }

async function startServer() {
  const worker = new Worker(new URL('first-server.js', import.meta.url))
  const [port] = await once(worker, 'message')
  return { url: `http://127.0.0.1:${port}/`, stop: () => worker.terminate() }
}

async function timeInNode(url) {
  const tasks = createTasks({ IceServerProvider, readIceConfiguration, ky }, url)
  await timeInTurn(tasks, { rounds: 1, callsPerRound: SETTINGS.warmUpCalls })
  return timeInTurn(tasks, SETTINGS)
}

/** In new pages, each with nothing compiled yet. The clock is the page's own, for loading it is not what is asked. */
async function timeInNewPages(chromium) {
  const names = [FLOOR, OWN, READ, PROVIDER]
  const series = Object.fromEntries(names.map((name) => [name, []]))
  for (let round = 0; round < PAGES.rounds; round++) {
    const times = Object.fromEntries(names.map((name) => [name, []]))
    for (let page = 0; page < PAGES.callsPerRound * names.length; page++) {
      const name = names[page % names.length]
      times[name].push(await chromium.timeOnce(name))
    }
    for (const name of names) series[name].push(median(times[name]))
  }
  return series
}

function toTable(place, series) {
  const rows = Object.entries(series).map(([name, rounds]) => ({
    [place]: name,
    ...ratioCells(compareRounds(rounds, series[FLOOR])),
    'at most': name === OWN ? LIMIT : '',
  }))
  return { caption: `${place}:`, rows }
}

/** If the target is missed: what each of the parts takes by itself, as its own row has it. */
function explain(place, series) {
  const over = (name) => tidy(compareRounds(series[name], series[FLOOR]).ratio - 1)
  if (over(OWN) <= LIMIT - 1) return []
  const parts = Object.keys(series).filter((name) => name !== FLOOR && name !== OWN)
  const list = parts.map((name) => `${name} ${over(name)}`).join('; ')
  return [
    `${place} the target is missed, by ${over(OWN)} over the floor. What the parts add by themselves: ${list}.`,
  ]
}

async function measureInChromium(url) {
  const chromium = await openChromium(url)
  if (!chromium)
    return { series: {}, versions: {}, notes: ['Not measured in Chromium: there is none on this machine.'] }
  try {
    const series = {
      'In Chromium, in one page': await chromium.timeInPage(SETTINGS),
      'In Chromium, the first call of a page': await timeInNewPages(chromium),
    }
    return { series, versions: { Chromium: chromium.version }, notes: [] }
  } finally {
    await chromium.close()
  }
}

/** What a new provider's first configuration takes, beside a request without any of it. */
export async function measure() {
  const server = await startServer()
  try {
    const inNode = await timeInNode(`${server.url}api/ice-servers`)
    const { series, versions, notes } = await measureInChromium(server.url)
    const places = Object.entries({ 'In Node': inNode, ...series })
    return {
      tables: places.map(([place, rounds]) => toTable(place, rounds)),
      notes: [...places.flatMap(([place, rounds]) => explain(place, rounds)), ...notes],
      versions: { ...versions, ky: versionOf('ky') },
    }
  } finally {
    await server.stop()
  }
}

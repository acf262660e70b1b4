/** How long it takes to read a response, and how that grows with its size. */
import { readIceConfiguration } from 'turnkeeper'
import { ratioCells, tidy, versionOf } from './report.js'
import { CLOUDFLARE_RESPONSE, responseWithUrls } from './responses.js'
import { compareRounds, median } from './rounds.js'
import { sampleAlternately } from './sampling.js'

const COUNTS = [10, 100, 1_000, 10_000]
const LIMIT = 1.5
const PARSE = 'JSON.parse alone'

/** Returns a task that parses and validates a response and filters its URLs. */
const readText = (text) => () => readIceConfiguration(JSON.parse(text))

async function measureResponses() {
  const texts = {
    'Cloudflare, 8 URLs': JSON.stringify(CLOUDFLARE_RESPONSE),
    '1,000 URLs': JSON.stringify(responseWithUrls(1_000)),
  }
  const rows = []
  for (const [response, text] of Object.entries(texts)) {
    const tasks = { [PARSE]: () => JSON.parse(text), whole: readText(text) }
    const { [PARSE]: baseline, whole } = await sampleAlternately(tasks, { statistic: 'avg' })
    const perSecond = Math.round(1e9 / median(whole))
    rows.push({ response, ...ratioCells(compareRounds(whole, baseline)), 'responses/s': tidy(perSecond) })
  }
  return { caption: `Time per response, relative to ${PARSE}:`, rows }
}

async function measureGrowth() {
  const texts = COUNTS.map((count) => [count, JSON.stringify(responseWithUrls(count))])
  const tasks = Object.fromEntries(texts.map(([count, text]) => [count, readText(text)]))
  const times = await sampleAlternately(tasks, { statistic: 'avg' })
  const perUrl = (count) => times[count].map((nanoseconds) => nanoseconds / count)
  const rows = COUNTS.map((count) => {
    const cells = ratioCells(compareRounds(perUrl(count), perUrl(COUNTS[0])))
    return { URLs: count, ...cells, 'at most': LIMIT }
  })
  return { caption: `Time per URL, relative to a response with ${COUNTS[0]} URLs:`, rows }
}

export async function measure() {
  const tables = [await measureResponses(), await measureGrowth()]
  const { rows } = tables[1]
  const missed = rows.filter(({ ratio }) => ratio > LIMIT).map(({ URLs, ratio }) => `${URLs} URLs ${ratio}`)
  const notes = missed.length > 0 ? [`More than linear: ${missed.join(', ')}.`] : []
  return { tables, notes, versions: { mitata: versionOf('mitata') } }
}

import { readIceConfiguration } from 'turnkeeper'
import { ratioCells, tidy, versionOf } from './report.js'
import { answerWithUrls, CLOUDFLARE_ANSWER } from './responses.js'
import { compareRounds, median } from './rounds.js'
import { sampleInTurn } from './sampling.js'

const COUNTS = [10, 100, 1_000, 10_000]
const LIMIT = 1.5
const PARSE = 'JSON.parse alone'

/** From the text of an answer to a configuration: parsed, validated, its URLs filtered. */
const readText = (text) => () => readIceConfiguration(JSON.parse(text))

async function measureAnswers() {
  const texts = {
    'of Cloudflare, 8 URLs': JSON.stringify(CLOUDFLARE_ANSWER),
    'of 1,000 URLs': JSON.stringify(answerWithUrls(1_000)),
  }
  const rows = []
  for (const [answer, text] of Object.entries(texts)) {
    const tasks = { [PARSE]: () => JSON.parse(text), whole: readText(text) }
    const { [PARSE]: floor, whole } = await sampleInTurn(tasks, { statistic: 'avg' })
    const perSecond = Math.round(1e9 / median(whole))
    rows.push({ answer, ...ratioCells(compareRounds(whole, floor)), 'answers/s': tidy(perSecond) })
  }
  return { caption: `Time of an answer, as a ratio to ${PARSE}:`, rows }
}

async function measureGrowth() {
  const texts = COUNTS.map((count) => [count, JSON.stringify(answerWithUrls(count))])
  const tasks = Object.fromEntries(texts.map(([count, text]) => [count, readText(text)]))
  const times = await sampleInTurn(tasks, { statistic: 'avg' })
  const perUrl = (count) => times[count].map((nanoseconds) => nanoseconds / count)
  const rows = COUNTS.map((count) => {
    const cells = ratioCells(compareRounds(perUrl(count), perUrl(COUNTS[0])))
    return { URLs: count, ...cells, 'at most': LIMIT }
  })
  return { caption: `Time of a URL, as a ratio to that in an answer with ${COUNTS[0]}:`, rows }
}

/** How long an answer takes from text to configuration, and how that grows with its size. */
export async function measure() {
  const tables = [await measureAnswers(), await measureGrowth()]
  const { rows } = tables[1]
  const missed = rows.filter(({ ratio }) => ratio > LIMIT).map(({ URLs, ratio }) => `${URLs} URLs ${ratio}`)
  const notes = missed.length > 0 ? [`More than linear: ${missed.join(', ')}.`] : []
  return { tables, notes, versions: { mitata: versionOf('mitata') } }
}

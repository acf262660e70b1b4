import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { drawFleet } from './draw.js'
import { loadPolicies, runCommonStart, runFlaky, runOutage } from './scenarios.js'

/**
 * What the backend of a million clients sees, by the library's own schedule and by what is used in its place; writes
 * RESULTS.md and a picture beside it. `FLEET_CLIENTS` makes it smaller, and then nothing is written.
 */
const HOUR = 3_600_000
const LIFETIMES = { '1 h': HOUR, '4 h': 4 * HOUR, '24 h': 24 * HOUR }
const CLIENTS = 1_000_000
const PICTURED = ['turnkeeper', 'timer, no jitter', 'poll every 10 min']

const clients = Number(process.env.FLEET_CLIENTS ?? CLIENTS)
const policies = await loadPolicies()
const tables = { start: [], outage: [], flaky: [] }
const points = []

const percent = (share) => `${(share * 100).toFixed(2)} %`

function addPoints(scenario, policy, { requests, mean }) {
  if (!PICTURED.includes(policy)) return
  for (const [minute, count] of requests.entries()) {
    points.push({ scenario, policy, hours: minute / 60, load: count / mean })
  }
}

for (const [lifetime, lifetimeMs] of Object.entries(LIFETIMES)) {
  for (const [policy, createClient] of Object.entries(policies)) {
    const common = { credentials: lifetime, policy }
    const start = runCommonStart(createClient, clients, lifetimeMs)
    tables.start.push({
      ...common,
      'peak / mean minute': start.peakToMean.toFixed(2),
      'lifetime unused': percent(start.unusedShare),
      'clients ever without': percent(start.withoutShare),
    })
    const outage = runOutage(createClient, clients, lifetimeMs)
    tables.outage.push({
      ...common,
      'steady, per minute': Math.round(outage.mean),
      'steady peak / mean': outage.steadyPeakToMean.toFixed(2),
      'during, peak / steady': outage.peakDuring.toFixed(2),
      'after, peak / steady': outage.peakAfter.toFixed(2),
      'clients ever without': percent(outage.withoutShare),
      'though none failed': outage.withoutByItself,
      'all healed after, min': outage.healedAfterMinutes.toFixed(1),
    })
    const flaky = runFlaky(createClient, clients, lifetimeMs)
    tables.flaky.push({
      ...common,
      'clients ever without': `${(flaky.withoutShare * 1e6).toFixed(0)} in a million`,
    })
    if (lifetimeMs === HOUR) {
      addPoints('common start', policy, start)
      addPoints('outage', policy, outage)
    }
  }
}

for (const rows of Object.values(tables)) console.table(rows)
if (clients === CLIENTS) {
  writeFileSync(new URL('fleet.svg', import.meta.url), drawFleet(points))
  writeFileSync(new URL('RESULTS.md', import.meta.url), report())
}

function toMarkdown(rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  const keys = Object.keys(rows[0])
  return [line(keys), line(keys.map(() => '---')), ...rows.map((row) => line(Object.values(row)))].join('\n')
}

function report() {
  return `# A fleet of a million clients

Written by \`npm run bench:fleet\` on ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus()[0]?.model.trim()}. What asks is the library's own
schedule (\`src/refresh/schedule.ts\`) on a simulated clock, beside a timer ten minutes before the end (after a failure again every
10 s) and a look every ten minutes whether ten are left. Each client holds its credentials for six lifetimes; none is in a
call that has broken, and none waits for an answer, for such a client comes back sooner.

![Requests per minute over six hours, for a common start and for an outage](fleet.svg)

Credentials of an hour, six hours, on a logarithmic scale: green is turnkeeper, orange the timer, violet the poll.

## Everybody starts within one minute

From the second lifetime on. Wanted: peak / mean ≤ 1.5.

${toMarkdown(tables.start)}

## Half an hour of outage

After three lifetimes of steady running. Wanted: after it, no minute above 3 × the steady load; nobody without valid credentials
whose requests did not fail.

${toMarkdown(tables.outage)}

What stands in the way of 3 × for credentials of an hour: when the backend comes back, the first minute brings the requests that are due
anyway, and one for each retry that a client makes in half an hour. So 3 × are two retries: one before the credentials end. "Patient" is that
policy. What it costs is in the next table, and turnkeeper prefers to try more often while the credentials live.

## One request in ten fails, at random

${toMarkdown(tables.flaky)}
`
}

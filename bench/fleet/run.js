/**
 * Simulates the load of a million clients on a backend, for the policy of the library and for common alternatives. Writes
 * RESULTS.md and a chart, unless `FLEET_CLIENTS` sets another number of clients.
 */
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { HOUR } from '../time.js'
import { drawFleet } from './draw.js'
import { loadPolicies, runCommonStart, runFlaky, runOutage } from './scenarios.js'

const LIFETIMES = { '1 h': HOUR, '4 h': 4 * HOUR, '24 h': 24 * HOUR }
const CLIENTS = 1_000_000
const CHARTED_POLICIES = ['turnkeeper', 'timer, no jitter', 'poll every 10 min']

const clients = Number(process.env.FLEET_CLIENTS ?? CLIENTS)
const policies = await loadPolicies()
const tables = { start: [], outage: [], flaky: [] }
const points = []

const percent = (ratio) => `${(ratio * 100).toFixed(2)} %`

function addPoints(scenario, policy, { requests, mean }) {
  if (!CHARTED_POLICIES.includes(policy)) return
  for (const [minute, count] of requests.entries()) {
    points.push({ scenario, policy, hours: minute / 60, load: count / mean })
  }
}

for (const [lifetime, lifetimeMs] of Object.entries(LIFETIMES)) {
  for (const [policy, createClient] of Object.entries(policies)) {
    const common = { lifetime, policy }
    const start = runCommonStart(createClient, clients, lifetimeMs)
    tables.start.push({
      ...common,
      'peak / mean minute': start.peakToMean.toFixed(2),
      'unused lifetime': percent(start.unusedRatio),
      'clients with expired credentials': percent(start.expiredRatio),
    })
    const outage = runOutage(createClient, clients, lifetimeMs)
    tables.outage.push({
      ...common,
      'steady, per minute': Math.round(outage.mean),
      'steady peak / mean': outage.steadyPeakToMean.toFixed(2),
      'during, peak / steady': outage.peakDuring.toFixed(2),
      'after, peak / steady': outage.peakAfter.toFixed(2),
      'clients with expired credentials': percent(outage.expiredRatio),
      'without a failed request': outage.expiredWithoutFailure,
      'all recovered after, min': outage.recoveredAfterMinutes.toFixed(1),
    })
    const flaky = runFlaky(createClient, clients, lifetimeMs)
    tables.flaky.push({
      ...common,
      'clients with expired credentials': `${(flaky.expiredRatio * 1e6).toFixed(0)} in a million`,
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

Written by \`npm run bench:fleet\` on ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus()[0]?.model.trim()}. The clients use the library's own
refresh policy (\`src/refresh/refresh-state.ts\`) on a simulated clock. It is compared with a timer that fires ten minutes before
expiry and retries every 10 s, and with a poll that checks every ten minutes whether less than ten minutes remain. Each client
runs for six lifetimes. No client has a disconnected call or a pending caller, because such clients retry sooner.

![Requests per minute over six hours, after a common start and during an outage](fleet.svg)

Credentials of one hour, over six hours, on a logarithmic scale. Green: turnkeeper. Orange: the timer. Violet: the poll.

## All clients start within one minute

From the second lifetime on. Target: peak / mean ≤ 1.5.

${toMarkdown(tables.start)}

## The backend is unavailable for 30 minutes

After three lifetimes of steady operation. Target: after the outage, no minute above 3 × the steady load, and no client with
expired credentials unless its requests failed.

${toMarkdown(tables.outage)}

Credentials of one hour miss the target of 3 ×. When the backend recovers, the first minute brings the requests that are due
anyway, and as many again for each retry that a client makes in half an hour. A load of 3 × therefore allows two retries, only one
of them before the credentials expire. "Slow retries" is that policy. The next table shows its cost. turnkeeper prefers to retry
more often while the credentials are valid.

## One request in ten fails at random

${toMarkdown(tables.flaky)}
`
}

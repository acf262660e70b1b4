/** Writes the reports of a check for people. */
import { styleText } from 'node:util'
import { formatRows } from '../help.js'
import type { ConfigurationReport, EndpointReport } from './fetch-endpoint.js'
import type { UrlReport, UrlVerdict } from './url-report.js'

const COLOURS: Readonly<Record<UrlVerdict, 'green' | 'red' | 'yellow'>> = {
  usable: 'green',
  rejected: 'red',
  unreachable: 'red',
  certificate: 'red',
  timeout: 'red',
  failed: 'red',
  unsupported: 'yellow',
}

/** Returns what a page would get from the endpoint. */
export function formatEndpoint(report: EndpointReport, hasColours: boolean): string {
  const { request, origin, status, durationMs, cors, cache, configuration, error } = report
  const rows: (readonly [string, string])[] = []
  if (status !== undefined) rows.push(['status', `${status} in ${durationMs} ms`])
  if (cors) rows.push(['CORS', cors.message])
  if (cache) rows.push(['cache', cache.message])
  if (status !== undefined) rows.push(['clock', describeClock(report.clockDifferenceMs)])
  if (configuration) rows.push(...describeConfiguration(configuration))
  if (error) rows.push(['error', paint(error, 'red', hasColours)])
  return `${[`${request}, like a page of ${origin}`, ...formatRows(rows)].join('\n')}\n\n`
}

/** Returns the report about one URL in a few lines. */
export function formatUrl({ url, verdict, message, steps, expiry }: UrlReport, hasColours: boolean): string {
  const durations = steps.map(({ name, durationMs }) => `${name} ${durationMs} ms`).join(', ')
  const lines = [url, `  ${paint(verdict, COLOURS[verdict], hasColours)}: ${message}`]
  if (durations) lines.push(`  ${durations}`)
  if (expiry) lines.push(`  ${expiry.message}`)
  return `${lines.join('\n')}\n`
}

/** Returns the last line. */
export function formatSummary(reports: readonly UrlReport[]): string {
  const usable = reports.filter(({ verdict }) => verdict === 'usable').length
  return reports.length === 0 ? 'no URL to check\n' : `${usable} of ${countUrls(reports.length)} usable\n`
}

function describeConfiguration(configuration: ConfigurationReport): (readonly [string, string])[] {
  const { shape, serverCount, urlCount, lifetimeSeconds, expirySource, afterExpiry, dropped, warnings } =
    configuration
  const source =
    expirySource === 'default' ? 'the response contains none: the default counts' : `from ${expirySource}`
  return [
    ['shape', shape],
    ['servers', `${serverCount} with ${countUrls(urlCount)}`],
    ['lifetime', `${lifetimeSeconds} s (${source})`],
    [
      'at expiry',
      afterExpiry ? `afterExpiry: '${afterExpiry}'` : 'the response does not contain afterExpiry',
    ],
    ...dropped.map(({ url, path, reason }) => ['dropped', `${url ?? path}: ${reason}`] as const),
    ...warnings.map((warning) => ['warning', warning] as const),
  ]
}

function describeClock(differenceMs: number | undefined): string {
  if (differenceMs === undefined) return 'unknown: the response has no Date'
  if (differenceMs === 0) return 'like that of this device'
  const seconds = Math.round(Math.abs(differenceMs) / 1000)
  return `the server is ${seconds} s ${differenceMs > 0 ? 'ahead of' : 'behind'} this device`
}

/** Returns a number of URLs. */
export function countUrls(count: number): string {
  return count === 1 ? '1 URL' : `${count} URLs`
}

function paint(text: string, colour: 'green' | 'red' | 'yellow', hasColours: boolean): string {
  return hasColours ? styleText(colour, text, { validateStream: false }) : text
}

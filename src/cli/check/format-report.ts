/** Writes the reports of a check for people. */
import { styleText } from 'node:util'
import type { AfterExpiry } from 'turnkeeper'
import { countUrls, formatRows, printable } from '../format-text.js'
import type { ConfigurationReport, EndpointReport } from './fetch-endpoint.js'
import type { ExpiryReport, UrlReport, UrlVerdict } from './url-report.js'

type Colour = 'green' | 'red' | 'yellow'

const COLOURS: Readonly<Record<UrlVerdict, Colour>> = {
  usable: 'green',
  rejected: 'red',
  unreachable: 'red',
  certificate: 'red',
  timeout: 'red',
  failed: 'red',
  unsupported: 'yellow',
}

/** How to write a report. */
export interface ReportStyle {
  readonly hasColours: boolean
  /** Whether to write the error codes of Node. */
  readonly isVerbose: boolean
}

/** Returns what a page would get from the endpoint. */
export function formatEndpoint(report: EndpointReport, { hasColours }: ReportStyle): string {
  const { request, origin, status, durationMs, cors, cache, clock, configuration, error } = report
  const rows: (readonly [string, string])[] = []
  if (status !== undefined) rows.push(['status', `${status} in ${durationMs} ms`])
  if (cors?.isAllowed) rows.push(['CORS', cors.message])
  if (cache) rows.push(['cache', cache.message])
  if (clock) rows.push(['clock', clock.message])
  if (configuration) rows.push(...describeConfiguration(configuration))
  if (error) rows.push(['error', error])
  const lines = formatRows(rows)
  if (error) lines.push(paint(lines.pop() ?? '', 'red', hasColours))
  return `${[`${request} (origin ${origin})`, ...lines].join('\n')}\n\n`
}

/** Returns the report about one URL in a few lines. */
export function formatUrl(report: UrlReport, { hasColours, isVerbose }: ReportStyle): string {
  const { url, verdict, message, steps, alternateServer, errorCode } = report
  const durations = steps.map(
    ({ name, durationMs, isSuccessful }) => `${name} ${durationMs} ms${isSuccessful ? '' : ' (failed)'}`,
  )
  const lines = [`${paint(verdict, COLOURS[verdict], hasColours)}: ${printable(message)}`]
  if (alternateServer) lines.push(`redirected to ${alternateServer}`)
  if (durations.length > 0) lines.push(durations.join(', '))
  if (isVerbose && errorCode) lines.push(`code ${errorCode}`)
  return `${[url, ...lines].join('\n  ')}\n`
}

/** Returns what the server does at expiry, beside what the response says. */
export function formatExpiry({ afterExpiry, message }: ExpiryReport, hint: AfterExpiry | undefined): string {
  const isWrong = hint !== undefined && afterExpiry !== undefined && hint !== afterExpiry
  return `${message}${isWrong ? `, but the response says '${hint}'` : ''}\n`
}

/** Returns the last line. */
export function formatSummary({ usable, total, invalid }: Counts): string {
  const summary = total === 0 ? 'no URL was checked' : `${usable} of ${countUrls(total)} usable`
  return `${summary}${invalid > 0 ? `, ${invalid} invalid` : ''}\n`
}

/** Returns the whole report, with control characters escaped that JSON allows. */
export function formatJson(
  report: Counts & {
    readonly endpoint: EndpointReport | undefined
    readonly urls: readonly UrlReport[]
    readonly expiry: ExpiryReport | undefined
  },
): string {
  const json = JSON.stringify(report, null, 2)
  return `${json.replace(C1_CHARACTERS, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)}\n`
}

/** Terminals take some of them for escape sequences. */
const C1_CHARACTERS = /[\u007f-\u009f]/g

/** How many URLs there are. */
interface Counts {
  readonly usable: number
  readonly total: number
  /** Servers and URLs of the endpoint that browsers reject. */
  readonly invalid: number
}

function describeConfiguration(configuration: ConfigurationReport): (readonly [string, string])[] {
  const { shape, serverCount, urlCount, lifetimeSeconds, expirySource, afterExpiry, dropped, warnings } =
    configuration
  const source = expirySource === 'default' ? 'not in the response, default used' : `from ${expirySource}`
  return [
    ['shape', shape],
    ['servers', `${serverCount === 1 ? '1 server' : `${serverCount} servers`}, ${countUrls(urlCount)}`],
    ['lifetime', `${lifetimeSeconds} s (${source})`],
    ['at expiry', afterExpiry ? `afterExpiry: '${afterExpiry}'` : 'no afterExpiry in the response'],
    // Invalid ones are among the warnings.
    ...dropped.flatMap(({ url, reason }) => (url ? [['dropped', `${url}: ${reason}`] as const] : [])),
    ...warnings.map((warning) => ['warning', warning] as const),
  ]
}

function paint(text: string, colour: Colour, hasColours: boolean): string {
  return hasColours ? styleText(colour, text, { validateStream: false }) : text
}

/** `turnkeeper check`: checks an endpoint and its servers, or servers alone. */
import { type IceUrl, parseIceUrl, readIceConfiguration } from 'turnkeeper'
import { type CheckTarget, checkTargets } from '../check/check-targets.js'
import { type EndpointReport, fetchEndpoint } from '../check/fetch-endpoint.js'
import { formatEndpoint, formatSummary, formatUrl } from '../check/format-report.js'
import { parseHeaders } from '../check/request-headers.js'
import type { UrlReport } from '../check/url-report.js'
import { type Command, type CommandInput, type CommandIo, EXIT, UsageError } from '../command.js'
import { integerOf, textOf, textsOf } from '../parse-arguments.js'
import { readSecretAt } from '../read-secret.js'

const DEFAULT_TIMEOUT_MS = 5000
const MAX_TIMEOUT_MS = 600_000
const DEFAULT_CONCURRENCY = 4
const MAX_CONCURRENCY = 64

const ENDPOINT_OPTIONS = ['origin', 'header', 'method']
const SERVER_OPTIONS = ['username', 'credential']

export const check: Command = {
  name: 'check',
  summary: 'checks whether an endpoint returns usable ICE servers, and whether the servers work from here',
  usage: '(<endpoint> | <stun or turn URL>…) [options]',
  options: {
    origin: {
      type: 'string',
      placeholder: 'origin',
      description: 'fetch the endpoint like a page of this origin (default: its own)',
    },
    header: {
      type: 'string',
      multiple: true,
      placeholder: 'name: value',
      description: 'send a header; the value of a secret one is env:NAME, file:PATH or -',
    },
    method: { type: 'string', placeholder: 'method', description: 'method of the request (default: GET)' },
    username: { type: 'string', placeholder: 'username', description: 'username for the TURN URLs' },
    credential: {
      type: 'string',
      placeholder: 'place',
      description: 'where the credential is: env:NAME, file:PATH or - for standard input',
    },
    'after-expiry': {
      type: 'boolean',
      description: 'wait until the credentials expire, and report what the server does with the allocation',
    },
    timeout: {
      type: 'string',
      placeholder: 'ms',
      description: `time limit of each step (default: ${DEFAULT_TIMEOUT_MS})`,
    },
    concurrency: {
      type: 'string',
      placeholder: 'number',
      description: `how many URLs to check at a time (default: ${DEFAULT_CONCURRENCY})`,
    },
    json: { type: 'boolean', description: 'print JSON' },
  },
  notes: [
    'Exit codes: 0 if all URLs are usable, 1 if some are not, 2 if none is or the endpoint returned none, 3 for wrong arguments.',
  ],
  example: 'turnkeeper check https://app.example.org/api/ice-servers --origin https://app.example.org',
  async run(input, io) {
    const timeoutMs = integerOf(input.values, 'timeout', 1, MAX_TIMEOUT_MS) ?? DEFAULT_TIMEOUT_MS
    const concurrency = integerOf(input.values, 'concurrency', 1, MAX_CONCURRENCY) ?? DEFAULT_CONCURRENCY
    const { endpoint, targets, expiresAt } = await findTargets(input, timeoutMs, io)
    const isJson = Boolean(input.values.json)
    if (endpoint && !isJson) io.print(formatEndpoint(endpoint, io.hasColours))
    const observeExpiryAt = input.values['after-expiry'] ? expiresAt : undefined
    const reports = await checkTargets(targets, {
      timeoutMs,
      observeExpiryAt,
      signal: io.signal,
      concurrency,
      io,
    })
    io.print(isJson ? formatJson(endpoint, reports) : formatReports(reports, io.hasColours))
    return exitCodeOf(reports)
  },
}

/** What there is to check. */
interface Targets {
  readonly endpoint?: EndpointReport
  readonly targets: readonly CheckTarget[]
  /** When the credentials expire; `undefined` if that is unknown. */
  readonly expiresAt: number | undefined
}

async function findTargets(input: CommandInput, timeoutMs: number, io: CommandIo): Promise<Targets> {
  const { positionals } = input
  const [first] = positionals
  if (first === undefined) throw new UsageError('pass an endpoint, or STUN and TURN URLs')
  const isServer = (text: string) => /^\s*(?:stun|turn)s?:/i.test(text)
  if (positionals.every(isServer)) {
    rejectOptions(input, ENDPOINT_OPTIONS, 'an endpoint')
    return readServers(input, io)
  }
  if (positionals.length > 1) throw new UsageError('pass one endpoint, or STUN and TURN URLs only')
  rejectOptions(input, SERVER_OPTIONS, 'STUN or TURN URLs')
  return readEndpoint(first, input, timeoutMs, io)
}

function rejectOptions({ values }: CommandInput, names: readonly string[], requirement: string): void {
  const unused = names.find((name) => values[name] !== undefined)
  if (unused) throw new UsageError(`--${unused} requires ${requirement}`)
}

async function readEndpoint(
  text: string,
  { values }: CommandInput,
  timeoutMs: number,
  io: CommandIo,
): Promise<Targets> {
  const url = parseHttpUrl(text, 'the endpoint')
  const origin = textOf(values, 'origin')
  const { report, configuration } = await fetchEndpoint(url, {
    origin: origin && parseHttpUrl(origin, '--origin').origin,
    method: (textOf(values, 'method') ?? 'GET').toUpperCase(),
    headers: await parseHeaders(textsOf(values, 'header'), io),
    timeoutMs,
    signal: io.signal,
  })
  const targets = (configuration?.iceServers ?? []).flatMap(({ urls, username = '', credential = '' }) =>
    [urls].flat().map((href) => ({ url: parseUrl(href), credentials: { username, credential } })),
  )
  return { endpoint: report, targets, expiresAt: configuration?.expiresAt }
}

async function readServers({ positionals, values }: CommandInput, io: CommandIo): Promise<Targets> {
  const urls = positionals.map(parseUrl)
  const username = textOf(values, 'username')
  const place = textOf(values, 'credential')
  if (
    urls.some(({ scheme }) => scheme.startsWith('turn')) &&
    (username === undefined || place === undefined)
  ) {
    throw new UsageError('TURN URLs require --username and --credential')
  }
  const credential = place === undefined ? '' : await readSecretAt(place, io, '--credential')
  const targets = urls.map((url) => ({ url, credentials: { username: username ?? '', credential } }))
  return { targets, expiresAt: values['after-expiry'] ? expiryOf(username) : undefined }
}

/** @throws UsageError if the username contains no time: nobody knows when such credentials expire. */
function expiryOf(username = ''): number {
  const iceServers = [{ urls: 'turn:turn.invalid', username, credential: 'x' }]
  const { expiresAt, expirySource } = readIceConfiguration({ iceServers })
  if (expirySource === 'username') return expiresAt
  throw new UsageError('--after-expiry requires a username with a timestamp, such as 1767225600:alice')
}

function parseUrl(text: string): IceUrl {
  const parsed = parseIceUrl(text)
  if (!parsed.ok) throw new UsageError(`${text} is not a valid URL: ${parsed.reason}`)
  return parsed.url
}

function parseHttpUrl(text: string, what: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return url
  throw new UsageError(
    `${what} must be an http: or https: URL without user info, or check STUN and TURN URLs`,
  )
}

function formatReports(reports: readonly UrlReport[], hasColours: boolean): string {
  return [...reports.map((report) => formatUrl(report, hasColours)), formatSummary(reports)].join('\n')
}

function formatJson(endpoint: EndpointReport | undefined, urls: readonly UrlReport[]): string {
  const usable = urls.filter(({ verdict }) => verdict === 'usable').length
  return `${JSON.stringify({ endpoint, urls, usable, total: urls.length }, null, 2)}\n`
}

function exitCodeOf(reports: readonly UrlReport[]): number {
  const usable = reports.filter(({ verdict }) => verdict === 'usable').length
  if (usable === 0) return EXIT.noneUsable
  return usable === reports.length ? EXIT.success : EXIT.failure
}

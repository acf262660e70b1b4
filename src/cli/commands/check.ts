/** `turnkeeper check`: checks an endpoint and its servers, or servers alone. */
import { explainRTCIceServer, type IceUrl, parseIceUrl } from 'turnkeeper'
import { type CheckTarget, checkTargets, observeTargets } from '../check/check-targets.js'
import { expiryOfServer, expiryOfUsername } from '../check/credential-expiry.js'
import { type EndpointReport, fetchEndpoint } from '../check/fetch-endpoint.js'
import { formatEndpoint, formatExpiry, formatJson, formatSummary, formatUrl } from '../check/format-report.js'
import { parseHeaders } from '../check/request-headers.js'
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
  usage: '(<endpoint> | <STUN or TURN URL>…) [options]',
  options: {
    origin: {
      type: 'string',
      placeholder: 'origin',
      description: 'fetch the endpoint like a page at this origin (default: same origin)',
    },
    header: {
      type: 'string',
      multiple: true,
      placeholder: 'name: value',
      description: 'send a header; pass a secret value as env:NAME, file:PATH or -',
    },
    method: { type: 'string', placeholder: 'method', description: 'method of the request (default: GET)' },
    username: { type: 'string', placeholder: 'username', description: 'username for the TURN URLs' },
    credential: {
      type: 'string',
      placeholder: 'place',
      description: 'credential for the TURN URLs: env:NAME, file:PATH or - for standard input',
    },
    'after-expiry': {
      type: 'boolean',
      description: 'wait until the credentials expire, and report what the server does with an allocation',
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
    'Exit codes: 0 if all URLs are usable, 1 if some are not, 2 if none is or the endpoint returned none,',
    '3 for wrong arguments.',
  ],
  example: 'turnkeeper check https://app.example.org/api/ice-servers',
  async run(input, io) {
    const { values } = input
    const timeoutMs = integerOf(values, 'timeout', 1, MAX_TIMEOUT_MS) ?? DEFAULT_TIMEOUT_MS
    const concurrency = integerOf(values, 'concurrency', 1, MAX_CONCURRENCY) ?? DEFAULT_CONCURRENCY
    const style = { hasColours: io.hasColours, isVerbose: Boolean(values.verbose) }
    const { endpoint, targets } = await findTargets(input, timeoutMs, io)
    if (endpoint && !values.json) io.print(formatEndpoint(endpoint, style))
    const urls = await checkTargets(targets, { timeoutMs, concurrency }, io)
    const usable = urls.filter(({ verdict }) => verdict === 'usable').length
    const invalid = endpoint?.configuration?.invalidCount ?? 0
    const counts = { usable, total: urls.length, invalid }
    if (!values.json)
      io.print([...urls.map((report) => formatUrl(report, style)), formatSummary(counts)].join('\n'))
    const expiry = values['after-expiry'] ? await observeTargets(targets, urls, timeoutMs, io) : undefined
    if (values.json) io.print(formatJson({ endpoint, urls, expiry, ...counts }))
    else if (expiry) io.print(`\n${formatExpiry(expiry, endpoint?.configuration?.afterExpiry)}`)
    if (usable === 0) return EXIT.noneUsable
    return usable === urls.length && invalid === 0 ? EXIT.success : EXIT.failure
  },
}

/** What there is to check. */
interface Targets {
  readonly endpoint?: EndpointReport
  readonly targets: readonly CheckTarget[]
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
  const url = parseEndpoint(text)
  const request = {
    url,
    origin: parseOrigin(textOf(values, 'origin')) ?? url.origin,
    method: parseMethod(textOf(values, 'method') ?? 'GET'),
    headers: await parseHeaders(textsOf(values, 'header'), io),
  }
  const { report, configuration } = await fetchEndpoint(request, timeoutMs, io.signal)
  if (!configuration) return { endpoint: report, targets: [] }
  const targets = configuration.iceServers.flatMap(({ urls, username = '', credential = '' }) => {
    const expiresAt = values['after-expiry'] ? expiryOfServer(username, configuration) : undefined
    return [urls]
      .flat()
      .map((href) => ({ url: parseUrl(href), credentials: { username, credential }, expiresAt }))
  })
  return { endpoint: report, targets }
}

async function readServers({ positionals, values }: CommandInput, io: CommandIo): Promise<Targets> {
  const texts = positionals.flatMap((list) => list.split(',')).filter(Boolean)
  const urls = texts.map(parseUrl)
  const username = textOf(values, 'username')
  const place = textOf(values, 'credential')
  const hasTurn = urls.some(({ scheme }) => scheme.startsWith('turn'))
  if (hasTurn && (username === undefined || place === undefined)) {
    throw new UsageError('TURN URLs require --username and --credential')
  }
  const credential = place === undefined ? '' : await readSecretAt(place, io, '--credential')
  const [problem] = explainRTCIceServer({ urls: texts, ...(username && { username }), credential })
  if (problem) throw new UsageError(problem)
  if (values['after-expiry'] && !hasTurn) throw new UsageError('--after-expiry requires a TURN URL')
  const expiresAt = values['after-expiry'] ? expiryOfUsername(username ?? '') : undefined
  const targets = urls.map((url) => ({
    url,
    credentials: { username: username ?? '', credential },
    expiresAt,
  }))
  return { targets }
}

/** Methods that `fetch` of a page rejects (Fetch standard, "forbidden method"). */
const FORBIDDEN_METHODS: readonly string[] = ['CONNECT', 'TRACE', 'TRACK']

function parseMethod(text: string): string {
  const method = text.toUpperCase()
  if (/^[A-Z]+$/.test(method) && !FORBIDDEN_METHODS.includes(method)) return method
  throw new UsageError('--method must be a method that pages can use, such as GET or POST')
}

function parseUrl(text: string): IceUrl {
  const parsed = parseIceUrl(text)
  if (parsed.ok) return parsed.url
  // Before an @ could be a credential.
  const hint = /^\w+:\/\//.test(text) ? ' (write turn:host, without //)' : ''
  throw new UsageError(`${text.includes('@') ? 'a URL' : text} is not valid: ${parsed.reason}${hint}`)
}

function parseEndpoint(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:$/.test(url.protocol) && !url.username && !url.password) return url
  throw new UsageError(
    'pass an http: or https: URL without user info, or URLs that begin with stun:, stuns:, turn: or turns:',
  )
}

/** Apps in web views have origins such as `capacitor://localhost`, sandboxed frames have `null`. */
function parseOrigin(text: string | undefined): string | undefined {
  if (text === undefined || text === 'null') return text
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && /^https?:$/.test(url.protocol)) return url.origin
  if (/^[a-z][a-z\d+.-]*:\/\/[\w.:-]+$/i.test(text)) return text.toLowerCase()
  throw new UsageError('--origin must be an origin, such as https://app.example.org')
}

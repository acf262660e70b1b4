/** `turnkeeper mint`: issues TURN credentials. */
import { createTurnRestCredentials, type IceServersResponse } from 'turnkeeper/server'
import { cloudflareTurn, KEY_VARIABLES } from '../cloudflare.js'
import {
  asUsageError,
  type Command,
  type CommandInput,
  type CommandIo,
  EXIT,
  UsageError,
} from '../command.js'
import { choiceOf, integerOf, textOf, textsOf } from '../parse-arguments.js'
import { readSecretFile, requireVariable } from '../read-secret.js'

const FORMATS = ['json', 'turn-rest', 'env'] as const

/** The limit of both sources. */
const MAX_TTL_SECONDS = 172_800

/** Options that only `--turn-rest` has. */
const TURN_REST_OPTIONS = ['urls', 'user', 'separator', 'secret-file']

export const mint: Command = {
  name: 'mint',
  summary: 'issues TURN credentials',
  usage: '(--cloudflare | --turn-rest --urls <url>) [options]',
  options: {
    cloudflare: { type: 'boolean', description: 'from a TURN key of Cloudflare' },
    'turn-rest': {
      type: 'boolean',
      description: 'signed with the secret of a TURN server (coturn: static-auth-secret)',
    },
    urls: {
      type: 'string',
      multiple: true,
      placeholder: 'url',
      description: 'a URL of the TURN server; can be repeated',
    },
    user: { type: 'string', placeholder: 'id', description: 'the user id in the username' },
    ttl: { type: 'string', placeholder: 'seconds', description: 'lifetime, at most 172800 (default: 3600)' },
    separator: {
      type: 'string',
      placeholder: 'character',
      description: 'between expiry and user id (coturn: rest-api-separator; default: a colon)',
    },
    'secret-file': {
      type: 'string',
      placeholder: 'path',
      description: 'file with the secret, - for standard input (default: TURN_SECRET)',
    },
    format: {
      type: 'string',
      placeholder: FORMATS.join('|'),
      description: 'how to print the credentials (default: json)',
    },
  },
  notes: [...KEY_VARIABLES, '  TURN_SECRET                 the secret of the TURN server'],
  example: 'turnkeeper mint --turn-rest --urls turn:turn.example.org --user alice --secret-file turn.secret',
  async run(input, io) {
    const format = choiceOf(input.values, 'format', FORMATS) ?? 'json'
    if (input.positionals.length > 0) throw new UsageError(`unexpected argument ${input.positionals[0]}`)
    const issued = await issue(input, io)
    io.print(FORMATTERS[format](issued))
    return EXIT.success
  },
}

async function issue({ values }: CommandInput, io: CommandIo): Promise<IceServersResponse> {
  if (Boolean(values.cloudflare) === Boolean(values['turn-rest'])) {
    throw new UsageError('pass either --cloudflare or --turn-rest')
  }
  const ttl = integerOf(values, 'ttl', 1, MAX_TTL_SECONDS)
  if (values.cloudflare) {
    const unused = TURN_REST_OPTIONS.find((name) => values[name] !== undefined)
    if (unused) throw new UsageError(`--${unused} requires --turn-rest`)
    const turn = cloudflareTurn(io)
    return asUsageError(() => turn.generateCredentials({ ttl, signal: io.signal }))
  }
  const urls = textsOf(values, 'urls')
    .flatMap((list) => list.split(','))
    .filter(Boolean)
  if (urls.length === 0)
    throw new UsageError('--turn-rest requires --urls, such as --urls turn:turn.example.org')
  const path = textOf(values, 'secret-file')
  const secret = path
    ? await readSecretFile(path, io, '--secret-file')
    : requireVariable(io, 'TURN_SECRET', 'the secret of the TURN server, or pass --secret-file')
  const separator = textOf(values, 'separator')
  return asUsageError(() =>
    createTurnRestCredentials({ secret, urls, ...(separator && { separator }) }).generateCredentials({
      userId: textOf(values, 'user'),
      ttl,
    }),
  )
}

const FORMATTERS: Readonly<Record<(typeof FORMATS)[number], (issued: IceServersResponse) => string>> = {
  json: (issued) => `${JSON.stringify(issued, null, 2)}\n`,
  'turn-rest': (issued) => {
    const { urls, username, credential } = firstTurnServer(issued)
    return `${JSON.stringify({ username, password: credential, ttl: issued.ttl, uris: urls }, null, 2)}\n`
  },
  env: (issued) => {
    const { urls, username, credential } = firstTurnServer(issued)
    const variables = { TURN_URLS: urls.join(','), TURN_USERNAME: username, TURN_CREDENTIAL: credential }
    return Object.entries(variables)
      .map(([name, value]) => `${name}=${quote(value)}\n`)
      .join('')
  },
}

/** The other formats have one username and one credential. */
function firstTurnServer({ iceServers }: IceServersResponse) {
  const server = iceServers.find(({ username }) => username !== undefined)
  const { username = '', credential = '' } = server ?? {}
  return { urls: [server?.urls ?? []].flat(), username, credential }
}

/** Quotes a value for POSIX shells. */
function quote(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}

/** `turnkeeper keys`: manages the TURN keys of a Cloudflare account. */
import type { TURNKeyInfo, TURNKeyResponse, TurnKeys } from 'turnkeeper/server'
import { ACCOUNT_VARIABLES, turnKeys } from '../cloudflare.js'
import { type Command, type CommandInput, type CommandIo, EXIT, UsageError } from '../command.js'
import { formatRows } from '../format-text.js'
import { textOf, unknownName } from '../parse-arguments.js'

/** What an action uses. */
interface KeysInput extends CommandInput {
  readonly id: string | undefined
  readonly isJson: boolean
}

/** What `turnkeeper keys` does. */
interface Action {
  /** Options beside those of every action. */
  readonly options: readonly string[]
  readonly hasId: boolean
  /** Resolves with what to print. */
  run(keys: TurnKeys, input: KeysInput, io: CommandIo): Promise<string>
}

const ACTIONS: Readonly<Record<string, Action>> = {
  list: {
    options: [],
    hasId: false,
    async run(keys, { isJson }) {
      const all = (await keys.list()).map(withoutSecret)
      const rows = all.map(({ uid, name, created }) => [uid, `${created} ${name}`] as const)
      return format(all, isJson, rows.length === 0 ? ['no TURN keys'] : formatRows(rows))
    },
  },
  get: {
    options: [],
    hasId: true,
    run: async (keys, input) => formatKey(await keys.get(requireId(input)), input),
  },
  create: {
    options: ['name'],
    hasId: false,
    async run(keys, input, io) {
      const { key, ...created } = await keys.create({ name: requireName(input) })
      io.printError('Save the secret now: it is not shown again.\n')
      return formatKey(created, input, { secret: key })
    },
  },
  update: {
    options: ['name'],
    hasId: true,
    run: async (keys, input) =>
      formatKey(await keys.update(requireId(input), { name: requireName(input) }), input),
  },
  delete: {
    options: ['yes'],
    hasId: true,
    async run(keys, input, io) {
      const uid = requireId(input)
      if (!input.values.yes)
        await confirm(`Delete the TURN key ${uid}? It issues no more credentials. [y/N] `, io)
      await keys.delete(uid)
      return format({ deleted: uid }, input.isJson, ['deleted'])
    },
  },
}

/** Options that not every action has. */
const ACTION_OPTIONS = ['name', 'yes']

export const keys: Command = {
  name: 'keys',
  summary: 'lists, creates, renames and deletes the TURN keys of a Cloudflare account',
  usage: '(list | get <id> | create --name <name> | update <id> --name <name> | delete <id>) [options]',
  options: {
    name: { type: 'string', placeholder: 'name', description: 'the name of the key' },
    yes: { type: 'boolean', description: 'delete without confirmation' },
    json: { type: 'boolean', description: 'print JSON' },
  },
  notes: ACCOUNT_VARIABLES,
  example: 'turnkeeper keys create --name production',
  async run(input, io) {
    const { values, positionals } = input
    const [name, id, ...others] = positionals
    const names = Object.keys(ACTIONS)
    if (name === undefined) throw new UsageError(`pass one of ${names.join(', ')}`)
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
    if (!action) throw unknownName('action', name, names)
    const [unexpected] = action.hasId || id === undefined ? others : [id]
    if (unexpected !== undefined) throw new UsageError(`unexpected argument ${unexpected}`)
    const unused = ACTION_OPTIONS.find(
      (option) => values[option] !== undefined && !action.options.includes(option),
    )
    if (unused) throw new UsageError(`keys ${name} does not take --${unused}`)
    const client = turnKeys(io)
    io.print(await action.run(client, { ...input, id, isJson: Boolean(values.json) }, io))
    return EXIT.success
  },
}

function requireId({ id }: KeysInput): string {
  if (id === undefined) throw new UsageError('pass the id of the key; keys list prints the ids')
  return id
}

function requireName({ values }: KeysInput): string {
  const name = textOf(values, 'name')
  if (name === undefined) throw new UsageError('pass the name of the key with --name')
  return name
}

/** Rejects unless the user types y or yes. */
async function confirm(question: string, io: CommandIo): Promise<void> {
  if (!io.isStdinTerminal)
    throw new UsageError('standard input is not a terminal: pass --yes to delete the key')
  io.printError(question)
  for await (const chunk of io.stdin) {
    if (/^y(?:es)?$/i.test(chunk.toString().trim())) return
    break
  }
  throw new Error('nothing was deleted')
}

/** Returns JSON, or the lines for people. */
function format(value: unknown, isJson: boolean, lines: readonly string[]): string {
  return isJson ? `${JSON.stringify(value, null, 2)}\n` : `${lines.join('\n')}\n`
}

function formatKey(
  key: TURNKeyInfo,
  { isJson }: KeysInput,
  secret?: { readonly secret: TURNKeyResponse['key'] },
) {
  const members = { ...withoutSecret(key), ...secret }
  return format(members, isJson, formatRows(Object.entries(members)))
}

/** Returns the members for people. An API could return others, and more. */
function withoutSecret(key: TURNKeyInfo): TURNKeyInfo {
  const { uid, name, created, modified } = Object(key) as TURNKeyInfo
  return { uid: String(uid), name: String(name), created: String(created), modified: String(modified) }
}

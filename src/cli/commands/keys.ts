/** `turnkeeper keys`: manages the TURN keys of a Cloudflare account. */
import type { TURNKeyInfo, TurnKeys } from 'turnkeeper/server'
import { ACCOUNT_VARIABLES, turnKeys } from '../cloudflare.js'
import { type Command, type CommandInput, type CommandIo, EXIT, UsageError } from '../command.js'
import { formatRows } from '../help.js'
import { textOf, unknownName } from '../parse-arguments.js'

type Action = (keys: TurnKeys, input: KeysInput, io: CommandIo) => Promise<void>

/** What an action uses. */
interface KeysInput extends CommandInput {
  readonly id: string | undefined
  readonly isJson: boolean
}

const ACTIONS: Readonly<Record<string, Action>> = {
  async list(keys, input, io) {
    noId(input)
    const all = await keys.list()
    io.print(format(all, input.isJson, () => (all.length === 0 ? ['no TURN keys'] : formatTable(all))))
  },
  async get(keys, input, io) {
    io.print(formatKey(await keys.get(requireId(input)), input.isJson))
  },
  async create(keys, input, io) {
    noId(input)
    const created = await keys.create({ name: requireName(input) })
    io.printError('Save the secret now: it is not shown again.\n')
    io.print(formatKey(created, input.isJson))
  },
  async update(keys, input, io) {
    io.print(formatKey(await keys.update(requireId(input), { name: requireName(input) }), input.isJson))
  },
  async delete(keys, input, io) {
    const id = requireId(input)
    if (!input.values.yes)
      await confirm(`Delete the TURN key ${id}? It issues no more credentials. [y/N] `, io)
    await keys.delete(id)
    io.print('deleted\n')
  },
}

export const keys: Command = {
  name: 'keys',
  summary: 'lists, creates, renames and deletes the TURN keys of a Cloudflare account',
  usage: '(list | get <id> | create --name <name> | update <id> --name <name> | delete <id>) [options]',
  options: {
    name: { type: 'string', placeholder: 'name', description: 'the name of the key' },
    yes: { type: 'boolean', description: 'delete without a question' },
    json: { type: 'boolean', description: 'print JSON' },
  },
  notes: ACCOUNT_VARIABLES,
  example: 'turnkeeper keys create --name production',
  async run(input, io) {
    const [name, id, ...others] = input.positionals
    const names = Object.keys(ACTIONS)
    if (name === undefined) throw new UsageError(`pass one of ${names.join(', ')}`)
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined
    if (!action) throw unknownName('action', name, names)
    if (others.length > 0) throw new UsageError(`unexpected argument ${others[0]}`)
    await action(turnKeys(io), { ...input, id, isJson: Boolean(input.values.json) }, io)
    return EXIT.success
  },
}

function requireId({ id }: KeysInput): string {
  if (id === undefined) throw new UsageError('pass the id of the key; keys list prints the ids')
  return id
}

function noId({ id }: KeysInput): void {
  if (id !== undefined) throw new UsageError(`unexpected argument ${id}`)
}

function requireName({ values }: KeysInput): string {
  const name = textOf(values, 'name')
  if (name === undefined) throw new UsageError('pass the name of the key with --name')
  return name
}

/** @throws UsageError unless the user types y or yes. */
async function confirm(question: string, io: CommandIo): Promise<void> {
  if (!io.isStdinTerminal)
    throw new UsageError('standard input is not a terminal: pass --yes to delete the key')
  io.printError(question)
  for await (const chunk of io.stdin) {
    if (/^y(?:es)?$/i.test(chunk.toString().trim())) return
    break
  }
  throw new UsageError('nothing was deleted')
}

/** Returns JSON, or the lines for people. */
function format(value: unknown, isJson: boolean, toLines: () => readonly string[]): string {
  return isJson ? `${JSON.stringify(value, null, 2)}\n` : `${toLines().join('\n')}\n`
}

function formatKey(key: TURNKeyInfo, isJson: boolean): string {
  return format(key, isJson, () =>
    formatRows(Object.entries(key).map(([name, value]) => [name, String(value)])),
  )
}

function formatTable(all: readonly TURNKeyInfo[]): string[] {
  return formatRows(all.map(({ uid, name, created }) => [uid, `${created}  ${name}`]))
}

/** Arguments, help and errors of the command. */
import { describe, expect, it } from 'vitest'
import { findNearest } from '../../src/cli/nearest-name.js'
import { COMMANDS } from '../../src/cli/run.js'
import { hasColours } from '../../src/cli/terminal.js'
import { runCommand } from '../support/run-command.js'

describe('turnkeeper', () => {
  it('prints its version', async () => {
    expect(await runCommand(['--version'])).toEqual({ exitCode: 0, output: '1.2.3\n', errorOutput: '' })
  })

  it.each(['--help', '-h', 'help'])('lists its commands with %s', async (argument) => {
    const { exitCode, output } = await runCommand([argument])
    expect(exitCode).toBe(0)
    for (const { name, summary } of COMMANDS) expect(output).toContain(`${name.padEnd(6)}  ${summary}`)
  })

  it('prints its help as an error without a command', async () => {
    const { exitCode, output, errorOutput } = await runCommand([])
    expect({ exitCode, output }).toEqual({ exitCode: 3, output: '' })
    expect(errorOutput).toContain('Usage: turnkeeper <command>')
  })

  it('names the command that is closest to an unknown one', async () => {
    const { exitCode, errorOutput } = await runCommand(['chek'])
    expect(exitCode).toBe(3)
    expect(errorOutput).toBe('turnkeeper: unknown command chek (did you mean check?)\n')
  })
})

describe.each(COMMANDS)('turnkeeper $name --help', (command) => {
  it.each(['--help', '-h'])('prints every option and an example: %s', async (argument) => {
    const { exitCode, output } = await runCommand([command.name, argument])
    expect(exitCode).toBe(0)
    expect(output).toContain(`Usage: turnkeeper ${command.name} ${command.usage}`)
    for (const name of Object.keys(command.options)) expect(output).toContain(`--${name}`)
    expect(output).toContain(command.example)
    expect(command.example).toContain(`turnkeeper ${command.name} `)
  })
})

describe('findNearest', () => {
  const known = ['--timeout', '--concurrency', '--username', '--credential']

  it.each([
    ['--tiemout', '--timeout'],
    ['--timout', '--timeout'],
    ['--timeoutt', '--timeout'],
    ['--imeout', '--timeout'],
    ['--usernane', '--username'],
    ['--user', '--username'],
    ['--ttl', undefined],
    ['-x', undefined],
    ['', undefined],
  ])('finds the name that %s stands for', (name, expected) => {
    expect(findNearest(name, known)).toBe(expected)
  })
})

describe('the options of a command', () => {
  it.each([
    [['--tiemout', '5'], 'unknown option --tiemout (did you mean --timeout?)'],
    [['--tiemout=5'], 'unknown option --tiemout (did you mean --timeout?)'],
    [['-t'], 'unknown option -t; known: --origin,'],
    [['--__proto__'], 'unknown option --__proto__; known:'],
    [['--timeout'], '--timeout requires a value'],
    [['--timeout='], '--timeout requires a value'],
    [['--json=yes'], '--json does not take a value'],
    [['--timeout', '5', '--timeout', '6'], '--timeout must not be repeated'],
    [['--timeout', '5s'], '--timeout must be an integer from 1 to 600000, got 5s'],
    [['--timeout', '0'], '--timeout must be an integer from 1 to 600000, got 0'],
    [['--concurrency', '65'], '--concurrency must be an integer from 1 to 64, got 65'],
  ])('are checked: %j', async (args, message) => {
    const { exitCode, output, errorOutput } = await runCommand(['check', 'stun:stun.invalid', ...args])
    expect({ exitCode, output }).toEqual({ exitCode: 3, output: '' })
    expect(errorOutput).toContain(`turnkeeper check: ${message}`)
    expect(errorOutput.trimEnd()).not.toContain('\n')
  })
})

describe('turnkeeper check', () => {
  it.each([
    [[], 'pass an endpoint, or STUN and TURN URLs'],
    [['https://a.invalid', 'https://b.invalid'], 'pass one endpoint, or STUN and TURN URLs only'],
    [['https://a.invalid', 'stun:b.invalid'], 'pass one endpoint, or STUN and TURN URLs only'],
    [['a.invalid/api'], 'pass an http: or https: URL'],
    [['https://user:secret@a.invalid'], 'without user info'],
    [['https://a.invalid', '--origin', 'app'], '--origin must be an origin, such as'],
    [['turn://a.invalid'], 'write turn:host, without //'],
    [['stun:a.invalid', '--after-expiry'], '--after-expiry requires a TURN URL'],
    [['turn:alice:secret@a.invalid'], 'a URL is not valid:'],
    [['https://a.invalid', '--username', 'x'], '--username requires STUN or TURN URLs'],
    [['stun:a.invalid', '--origin', 'https://a.invalid'], '--origin requires an endpoint'],
    [['stun:a.invalid:0'], 'stun:a.invalid:0 is not valid: the port must be a number from 1 to 65535'],
    [['turn:a.invalid'], 'TURN URLs require --username and --credential'],
    [['https://a.invalid', '--method', 'CONNECT'], '--method must be a method that pages can use'],
    [['https://a.invalid', '--method', 'A B'], '--method must be a method that pages can use'],
    [['https://a.invalid', '--header', 'Transfer-Encoding: x'], 'browsers do not let pages set this header'],
    [['https://a.invalid', '--header', 'nothing'], '--header must be a name, a colon and a value'],
    [['https://a.invalid', '--header', 'x y: z'], '--header must be a name, a colon and a value'],
    [['https://a.invalid', '--header', 'x(: z'], '--header x( is not a valid header'],
  ])('rejects wrong arguments: %j', async (args, message) => {
    const { exitCode, errorOutput } = await runCommand(['check', ...args])
    expect(exitCode).toBe(3)
    expect(errorOutput).toContain(message)
  })
})

describe('the servers of turnkeeper check', () => {
  it('must have credentials that browsers accept', async () => {
    const args = ['check', 'turn:a.invalid', '--username', 'u'.repeat(600), '--credential', 'env:C']
    const { exitCode, errorOutput } = await runCommand(args, { env: { C: 'x' } })
    expect(exitCode).toBe(3)
    expect(errorOutput).toContain('username')
  })
})

describe('secrets', () => {
  const SECRET = 'a-very-secret-value'

  it.each([
    [
      ['check', 'turn:a.invalid', '--username', 'u', '--credential', SECRET],
      '--credential: pass the whole value as env:NAME',
    ],
    [['check', `turn:alice:${SECRET}@a.invalid`], 'a URL is not valid'],
    [
      ['check', 'https://a.invalid', '--header', `Authorization: Bearer ${SECRET}`],
      '--header Authorization: pass the whole value as env:NAME',
    ],
    [
      ['check', 'https://a.invalid', '--header', `X-Api-Key: ${SECRET}`],
      '--header X-Api-Key: pass the whole value as env:NAME, file:PATH or -',
    ],
    [['check', 'turn:a.invalid', '--username', 'u', '--credential', 'env:NONE'], 'variable NONE'],
    [
      ['check', 'turn:a.invalid', '--username', 'u', '--credential', 'file:/none'],
      'cannot read /none (ENOENT)',
    ],
    [['check', 'turn:a.invalid', '--username', 'u', '--credential', '-'], 'standard input is empty'],
  ])('are not read from arguments, and are not printed: %j', async (args, message) => {
    const { exitCode, output, errorOutput } = await runCommand(args)
    expect(exitCode).toBe(3)
    expect(errorOutput).toContain(message)
    expect(output + errorOutput).not.toContain(SECRET)
  })
})

describe('colours', () => {
  it.each([
    [true, {}, true],
    [true, { NO_COLOR: '' }, true],
    [true, { NO_COLOR: '1' }, false],
    [true, { TERM: 'dumb' }, false],
    [false, {}, false],
    [undefined, {}, false],
  ])('depend on the terminal (%s) and the environment %j', (isTTY, env, expected) => {
    expect(hasColours({ ...(isTTY !== undefined && { isTTY }) }, env)).toBe(expected)
  })
})

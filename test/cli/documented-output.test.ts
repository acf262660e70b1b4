/** The commands of docs/command.md print what the page shows. */
import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { ACCOUNT_ID, API_TOKEN, KEY_ID, KEY_SECRET } from '../support/cloudflare-emulator.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { sendJson, startServer } from '../support/http-server.js'
import { runCommand } from '../support/run-command.js'
import { useCloudflareEmulator } from '../support/use-cloudflare-emulator.js'

const page = readFileSync(new URL('../../docs/command.md', import.meta.url), 'utf8')

/** The id of the key in the page. */
const DOCUMENTED_ID = '0123456789abcdef0123456789abcdef'

/** Each command with the output that the page shows below it. */
const examples = [...page.matchAll(/```sh\nnpx turnkeeper (.+)\n```\n\n```text\n([\s\S]*?)```/g)].map(
  ([, command = '', output = '']) => ({ command, output }),
)

/** What differs from run to run: ids, times, ports and signatures. Steps can end in another order. */
function withoutVariableParts(text: string): string {
  return text
    .replaceAll(/[\da-f]{32}/g, '<id>')
    .replaceAll(/\d+-\d+-\d+T[\d:.]+Z/g, '<date>')
    .replaceAll(/\b\d{10}(?:\d{3})?\b/g, '<time>')
    .replaceAll(/\b\d+ ms/g, '<n> ms')
    .replaceAll(/^( {2}lifetime +)\d+ s/gm, '$1<n> s')
    .replaceAll(/(?<=127\.0\.0\.1:)\d+/g, '<port>')
    .replaceAll(/"(credential|password)": "[^"]+"/g, '"$1": "<signature>"')
    .replaceAll(/^ {2}(?:binding|allocate) <n> ms.*$/gm, (steps) =>
      steps.trim().split(', ').sort().join(', '),
    )
}

describe('docs/command.md', () => {
  const { cloudflare } = useCloudflareEmulator()
  let turn: Awaited<ReturnType<typeof startEmbeddedTurn>>
  beforeAll(async () => {
    turn = await startEmbeddedTurn()
    return turn.stop
  })

  const env = {
    TURN_SECRET: 'a-shared-secret',
    TURN_CREDENTIAL: 'wrong',
    CLOUDFLARE_TURN_KEY_ID: KEY_ID,
    CLOUDFLARE_TURN_KEY_SECRET: KEY_SECRET,
    CLOUDFLARE_ACCOUNT_ID: ACCOUNT_ID,
    CLOUDFLARE_API_TOKEN: API_TOKEN,
  }
  const runHere = (command: string) =>
    runCommand(command.split(' '), {
      env,
      cloudflare: { realtimeUrl: cloudflare().turnUrl, accountsUrl: cloudflare().apiUrl },
    })

  it('shows the output of at least six commands', () => {
    expect(examples.length).toBeGreaterThanOrEqual(6)
  })

  it.each(examples)('shows what turnkeeper $command prints', async ({ command, output: expected }) => {
    const { origin } = await startServer(async (response) =>
      sendJson(response, await turn.issueCredentials(600), 200, { 'cache-control': 'no-store' }),
    )
    const created = JSON.parse((await runHere('keys create --name production --json')).output)
    if (command.startsWith('keys create')) await runHere(`keys delete ${created.uid} --yes`)
    const turnPort = /:(\d+)\?/.exec(turn.urls[0] ?? '')?.[1] ?? ''
    const local = command
      .replace('http://127.0.0.1:5173', origin)
      .replaceAll('127.0.0.1:54321', `127.0.0.1:${turnPort}`)
      .replace(DOCUMENTED_ID, created.uid)
    const { output } = await runHere(local)
    expect(withoutVariableParts(output)).toBe(withoutVariableParts(expected))
  })
})

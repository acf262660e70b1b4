/** Writes docs/drop-in.md. */
import { readFile, writeFile } from 'node:fs/promises'
import type { EchoCallResult } from './echo-call.js'

/** One library in one browser: unmodified, and with the class. */
export interface DropInRow {
  readonly browser: string
  readonly library: string
  readonly unchanged: EchoCallResult
  readonly changed: EchoCallResult
}

const DOCUMENT = new URL('../../docs/drop-in.md', import.meta.url)
const HEADING = '## What was tested\n'

/** Replaces the table, which ends the document. */
export async function writeDropIn(
  rows: readonly DropInRow[],
  callSeconds: number,
  ttlSeconds: number,
): Promise<void> {
  const text = await readFile(DOCUMENT, 'utf8')
  const kept = text.slice(0, text.indexOf(HEADING) + HEADING.length)
  const result = ({ sent, received, isAlive }: EchoCallResult) =>
    isAlive ? `${received} of ${sent}` : `ended, ${received} of ${sent}`
  const completed = ({ restarts }: EchoCallResult) =>
    restarts.filter((restart) => restart.endsWith('completed')).length
  const lines = rows.map(
    ({ browser, library, unchanged, changed }) =>
      `| ${browser} | ${library} | ${result(unchanged)} | ${result(changed)} | ${completed(changed)} |`,
  )
  const table = [
    '| browser | library | unchanged | with the class | ICE restarts |',
    '| --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n')
  const introduction = `\`npm run test:field\` makes each call twice at the same time, relay only, for ${callSeconds} s with credentials that are valid for ${ttlSeconds} s,
on a TURN server that drops expired allocations, with one message every 40 ms that the remote peer sends back. The remote peer is in the
same page, that of y-webrtc and trystero in another one; for mediasoup-client and livekit-client it is a stand-in for their servers:`
  await writeFile(DOCUMENT, `${kept}\n${introduction}\n\n${table}\n`)
}

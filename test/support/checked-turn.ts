/** Checks of TURN servers by the command, in tests. */
import { onTestFinished } from 'vitest'
import { type CheckUrlOptions, checkUrl } from '../../src/cli/check/check-url.js'
import { parseIceUrl } from '../../src/index.js'
import { startEmbeddedTurn } from './embedded-turn.js'

/** Checks a URL, by default with credentials that no server knows. */
export function checkUrlText(text: string, options: Partial<CheckUrlOptions> = {}) {
  const parsed = parseIceUrl(text)
  if (!parsed.ok) throw new Error(parsed.reason)
  const credentials = { username: 'user', credential: 'secret' }
  return checkUrl(parsed.url, {
    credentials,
    timeoutMs: 2000,
    signal: new AbortController().signal,
    ...options,
  })
}

/** Starts the embedded TURN server for one test. */
export async function startTurn(options: Parameters<typeof startEmbeddedTurn>[0] = {}) {
  const turn = await startEmbeddedTurn(options)
  onTestFinished(turn.stop)
  return turn
}

/** Returns the credentials of the first server. */
export function credentialsOf(issued: { iceServers: { username?: string; credential?: string }[] }) {
  const { username = '', credential = '' } = issued.iceServers[0] ?? {}
  return { username, credential }
}

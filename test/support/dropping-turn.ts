/** Where tests with short-lived credentials get them. */
import { afterAll, beforeAll } from 'vitest'
import { startEmbeddedTurn } from './embedded-turn.js'
import { startPageServer } from './page-server.js'

/**
 * Runs a TURN server that drops expired allocations, and pages with its credentials at `/ice-servers` and, valid for an
 * hour, at `/lasting`, for all tests of the file.
 */
export function useDroppingTurn(ttlSeconds: number) {
  let turn: Awaited<ReturnType<typeof startEmbeddedTurn>>
  let pages: Awaited<ReturnType<typeof startPageServer>>
  beforeAll(async () => {
    turn = await startEmbeddedTurn({ atExpiry: 'drop' })
    pages = await startPageServer({
      '/ice-servers': () => turn.issueCredentials(ttlSeconds),
      '/lasting': () => turn.issueCredentials(3600),
    })
  })
  afterAll(() => {
    pages?.stop()
    turn?.stop()
  })
  return { pagesUrl: () => pages.url, allocatedUsernames: () => turn.allocatedUsernames() }
}

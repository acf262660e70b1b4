/** Cloudflare's APIs for the tests of a file: an emulator for each test, and clients of it. */
import { afterEach, beforeEach } from 'vitest'
import { createCloudflareTurn, createTurnKeys } from '../../src/server/index.js'
import { ACCOUNT_ID, API_TOKEN, KEY_ID, KEY_SECRET, startCloudflareEmulator } from './cloudflare-emulator.js'

/** Starts an emulator before each test of the file, and stops it afterwards. */
export function useCloudflareEmulator() {
  let emulator: Awaited<ReturnType<typeof startCloudflareEmulator>>
  beforeEach(async () => {
    emulator = await startCloudflareEmulator()
  })
  afterEach(() => emulator.stop())
  return {
    cloudflare: () => emulator,
    createTurn: (options: object = {}) =>
      createCloudflareTurn({ keyId: KEY_ID, keySecret: KEY_SECRET, baseUrl: emulator.turnUrl, ...options }),
    createKeys: (options: object = {}) =>
      createTurnKeys({ accountId: ACCOUNT_ID, apiToken: API_TOKEN, baseUrl: emulator.apiUrl, ...options }),
    /** Lets the next request lose its connection. */
    loseConnection: () =>
      void emulator.behaviour.faults.push((response) => response.socket?.resetAndDestroy()),
  }
}

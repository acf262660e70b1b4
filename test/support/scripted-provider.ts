import { vi } from 'vitest'
import { IceServerError, type IceServerProviderOptions } from '../../src/index.js'
import { createConnection } from './attached-provider.js'
import { createProvider } from './create-provider.js'
import { iceServersResponse } from './http-server.js'

/** What the endpoint does at the n-th call; an error is thrown. The last one stands for all that follow. */
type Script = readonly unknown[]

export function createScriptedProvider(
  script: Script = [iceServersResponse()],
  options: IceServerProviderOptions = {},
) {
  const respond = async (count: number) => {
    const step = script[Math.min(count, script.length) - 1]
    const outcome = typeof step === 'function' ? await step() : step
    if (outcome instanceof Error) throw outcome
    return outcome
  }
  const created = createProvider(respond, options)
  return { ...created, reasons: () => created.endpoint.mock.calls.map(([{ reason }]) => reason) }
}

export const busy = (retryAfterMs: number) =>
  new IceServerError('ERR_HTTP', 'busy', { status: 429, retryAfterMs })
export const named = (username: string, ttl = 3600) => iceServersResponse(ttl, username)
export const connection = () => createConnection({ iceTransportPolicy: 'relay' })

export const restoreAll = () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
}

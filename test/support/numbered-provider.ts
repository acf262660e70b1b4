import { vi } from 'vitest'
import type { IceServerProvider, IceServerProviderOptions } from '../../src/index.js'
import { createConnection } from './attached-provider.js'
import { createProvider } from './create-provider.js'
import { iceServersResponse } from './http-server.js'

export const TURN_URL = 'turn:t.org:3478?transport=udp'

/** One that was made with what the provider has. */
export const connectionOf = (provider: IceServerProvider) =>
  createConnection({ iceServers: provider.current?.iceServers ?? [] })

const providers: IceServerProvider[] = []

/** A provider whose endpoint gives another username each time, or does as it is told. */
export function createNumberedProvider(
  options: IceServerProviderOptions = {},
  respond = (count: number): unknown => iceServersResponse(3600, `u${count}`),
) {
  const { log, ...created } = createProvider(respond, { random: () => 0.5, ...options })
  providers.push(created.provider)
  return { ...created, events: log() }
}

/** Closes all that were set up. */
export const endAll = () => {
  for (const provider of providers.splice(0)) provider.close()
  vi.useRealTimers()
  vi.unstubAllGlobals()
}

/** Facts about the two calls of the demo, for tests of what its page shows. */
import type { CallFacts, KeptCallFacts, ProviderFacts, Settings } from '../../demo/calls/call-facts.js'

export const NORMAL: Settings = { response: 'normal', isOffline: false, atExpiry: 'drop' }

/** Returns a lifetime of 12 s of which this much remains. */
export const remaining = (remainingMs: number, isRevoked = false) => ({
  lifetime: { remainingMs, lifetimeMs: 12_000, isRevoked },
})

/** Returns a live call with valid credentials. */
export const callFacts = (changes: Partial<CallFacts> = {}): CallFacts => ({
  connectionState: 'connected',
  wasConnected: true,
  isChannelClosed: false,
  silentMs: 40,
  messages: { sent: 100, received: 100, missing: 0 },
  username: '1795726122:demo1',
  isServerUnreachable: false,
  ...remaining(9000),
  ...changes,
})

/** Returns a live call with turnkeeper, before its first rotation. */
export const keptCallFacts = (
  changes: Partial<KeptCallFacts> = {},
  provider: Partial<ProviderFacts> = {},
): KeptCallFacts => ({
  ...callFacts(),
  restarts: 0,
  lastRestart: undefined,
  provider: {
    state: 'fresh',
    isRefreshing: false,
    workingMs: 60_000,
    nextRefreshMs: 3000,
    lastError: undefined,
    ...provider,
  },
  ...changes,
})

/** A call whose allocation was dropped when its credentials expired, 5 s ago. */
export const FROZEN = { connectionState: 'failed', silentMs: 5100, ...remaining(-5000) } as const

/** Errors of the provider, as the page reads them. */
export const ERRORS = {
  denied: { code: 'ERR_DENIED', status: 401, message: 'responded 401' },
  tooMany: { code: 'ERR_HTTP', status: 429, message: 'responded 429' },
  timeout: { code: 'ERR_TIMEOUT', status: undefined, message: 'timed out' },
  html: { code: 'ERR_RESPONSE', status: undefined, message: 'HTML' },
  network: { code: 'ERR_NETWORK', status: undefined, message: 'no response' },
  rejected: { code: 'ERR_CREDENTIALS_REJECTED', status: undefined, message: 'rejected' },
} as const

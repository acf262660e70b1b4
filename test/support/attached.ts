import { vi } from 'vitest'
import type { AttachableConnection, AttachOptions } from '../../src/index.js'
import { Attachments } from '../../src/peer/attachments.js'
import { fakeConnection } from './fake-connection.js'
import { NOW, SECOND } from './time.js'

const serversOf = (name: string) => [{ urls: [`turn:${name}`], username: 'u', credential: 'c' }]
export const OLD = serversOf('old')
export const NEW = serversOf('new')
export const NEWER = serversOf('newer')

export const END = NOW + 60 * SECOND

/** Attachments without a provider. */
export const create = () => {
  const hooks = { onError: vi.fn(), onChange: vi.fn(), onCredentialsRejected: vi.fn() }
  const attachments = new Attachments(hooks)
  return {
    ...hooks,
    attachments,
    attach: (pc: AttachableConnection, options: AttachOptions = {}) =>
      attachments.add(pc, options, undefined),
    apply: (iceServers = NEW, end = END) => attachments.apply(iceServers, end, Date.now()),
  }
}

/** A connection that is up, by a pair of this type. */
export const connected = (candidateType = 'relay') => fakeConnection({ iceServers: OLD }, candidateType)

/** By default until no description can be under way that was made before the new servers. */
export const settle = (ms = 500) => vi.advanceTimersByTimeAsync(ms)

/** Until a negotiation has come into effect. */
export const SETTLED_MS = 3 * SECOND

/** The messages of the in-band channel. */
import { readSafely } from '../../read-safely.js'
import { isRecord } from '../../type-guards.js'

/**
 * - `hello`: the sender has the channel. `id` is random; the peer with the lower one is polite.
 * - `offer`, `answer`, `candidate`: of one negotiation, which the peer with the offer names.
 * - `busy`: the offer is not answered, because the app of the sender negotiates.
 * - `cancel`: the offer is rolled back. An answer would leave the peers with different credentials of ICE.
 */
export type InBandMessage =
  | { readonly type: 'hello'; readonly id: number }
  | { readonly type: 'offer' | 'answer'; readonly negotiation: string; readonly sdp: string }
  | { readonly type: 'candidate'; readonly negotiation: string; readonly candidate: object }
  | { readonly type: 'busy' | 'cancel'; readonly negotiation: string }

/** Reads a message of the remote peer; `undefined` if it is not one. */
export function readMessage(data: unknown): InBandMessage | undefined {
  const value: unknown = typeof data === 'string' ? readSafely(() => JSON.parse(data), undefined) : undefined
  if (!isRecord(value)) return undefined
  const { type, id, negotiation, sdp, candidate } = value
  if (type === 'hello') return typeof id === 'number' ? { type, id } : undefined
  if (typeof negotiation !== 'string') return undefined
  if (type === 'busy' || type === 'cancel') return { type, negotiation }
  if (type === 'candidate') return isRecord(candidate) ? { type, negotiation, candidate } : undefined
  if (type === 'offer' || type === 'answer') {
    return typeof sdp === 'string' ? { type, negotiation, sdp } : undefined
  }
  return undefined
}

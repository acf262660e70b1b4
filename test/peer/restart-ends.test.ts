/** What a restart leaves behind when it ends, and what new servers change about one that has failed. */
import { describe, expect, it } from 'vitest'
import { attachCall } from '../support/attached-call.js'
import { NEW, NEWER, SETTLED_MS } from '../support/attached-provider.js'
import {
  answerOf,
  overriddenMethodsOf,
  ufragOf,
  useBrowserConnections,
} from '../support/fake-browser-connection.js'
import { createFakeConnection } from '../support/fake-connection.js'
import { advance, HOUR, SECOND } from '../support/time.js'

useBrowserConnections()

const restartsIce = (offers: number) => answerOf(`r${offers + 1}`)

/** A relayed call that is restarted with new servers, to which the TURN server responds with an error. */
async function rotateToRejected() {
  const call = await attachCall(restartsIce)
  call.pc.turnServer = 'rejects'
  await call.rotate(NEW)
  await advance(SETTLED_MS)
  expect(call.reports).toEqual(['rotation requested', 'rotation failed'])
  call.pc.turnServer = 'allocates'
  return call
}

describe('a restart for which no TURN server allocates a relay address', () => {
  it('fails, and the relayed call keeps its previous pair', async () => {
    const { pc, onError } = await rotateToRejected()
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ message: expect.stringContaining('no TURN server') })
    expect(ufragOf(pc.localDescription)).toBe('u1')
  })

  it('is repeated with other servers', async () => {
    const { pc, rotate, reports } = await rotateToRejected()
    await rotate(NEWER)
    await advance(2 * SETTLED_MS)
    expect(reports.slice(2)).toEqual(['rotation requested', 'rotation completed'])
    expect(pc.offers).toEqual(['u2', 'u3'])
  })

  it('is not repeated when a response only extends the expiry of the same servers', async () => {
    const { pc, rotate, reports } = await rotateToRejected()
    await rotate(NEW, Date.now() + 2 * HOUR)
    await advance(2 * SETTLED_MS)
    expect(reports).toHaveLength(2)
    expect(pc.offers).toEqual(['u2'])
  })

  it('completes for a direct call, which needs none', async () => {
    const { pc, rotate, reports } = await attachCall(restartsIce, 'always')
    pc.getStats = createFakeConnection({}, 'host').getStats
    pc.turnServer = 'rejects'
    await rotate()
    await advance(SETTLED_MS)
    expect(reports).toEqual(['rotation requested', 'rotation completed'])
    expect(ufragOf(pc.localDescription)).toBe('u2')
  })
})

describe('a restart that has ended', () => {
  it('leaves the methods of the connection as they were if no offer followed', async () => {
    const { pc, rotate, reports } = await attachCall(restartsIce)
    pc.dispatchEvent = () => true // no negotiationneeded
    await rotate()
    await advance(SECOND)
    expect(overriddenMethodsOf(pc)).not.toEqual([])
    await advance(25 * SECOND)
    expect(reports).toEqual(['rotation requested', 'rotation failed'])
    expect(overriddenMethodsOf(pc)).toEqual([])
  })

  it('leaves them as they were if the app already makes its next offer when it completes', async () => {
    const { pc, rotate, reports } = await attachCall((offers) => (offers === 1 ? answerOf('r2') : undefined))
    await rotate()
    while (pc.offers.length === 0) await advance(50)
    await pc.setLocalDescription()
    expect([pc.signalingState, pc.offers]).toEqual(['have-local-offer', ['u2', 'u2']])
    await advance(SECOND)
    expect(reports).toEqual(['rotation requested', 'rotation completed'])
    expect(overriddenMethodsOf(pc)).toEqual([])
  })
})

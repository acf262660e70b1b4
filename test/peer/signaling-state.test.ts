/** The signaling state that an app sees. */
import { describe, expect, it } from 'vitest'
import { hideSignalingState, signalingStateOf } from '../../src/peer/signaling-state.js'
import { FakeBrowserConnection, offerOf } from '../support/fake-browser-connection.js'

async function createOffering() {
  const pc = new FakeBrowserConnection()
  await pc.setLocalDescription(offerOf('u2'))
  return { pc, connection: pc as never }
}

describe('hideSignalingState', () => {
  it('makes a connection stable for its app while the library negotiates', async () => {
    const { pc, connection } = await createOffering()
    let isNegotiating = true
    hideSignalingState(connection, () => isNegotiating)
    expect([pc.signalingState, signalingStateOf(connection)]).toEqual(['stable', 'have-local-offer'])
    isNegotiating = false
    expect([pc.signalingState, signalingStateOf(connection)]).toEqual([
      'have-local-offer',
      'have-local-offer',
    ])
  })

  it('is restored once, and leaves a later one in place', async () => {
    const { pc, connection } = await createOffering()
    const restore = hideSignalingState(connection, () => true)
    restore()
    expect(pc.signalingState).toBe('have-local-offer')
    hideSignalingState(connection, () => true)
    restore()
    expect([pc.signalingState, signalingStateOf(connection)]).toEqual(['stable', 'have-local-offer'])
  })

  it('leaves a property of other code in place', async () => {
    const { pc, connection } = await createOffering()
    Object.defineProperty(pc, 'signalingState', { configurable: true, value: 'of other code' })
    hideSignalingState(connection, () => true)()
    expect([pc.signalingState, signalingStateOf(connection)]).toEqual(['of other code', 'of other code'])
  })
})

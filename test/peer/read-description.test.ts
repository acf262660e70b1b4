import { describe, expect, it } from 'vitest'
import { isDisconnected } from '../../src/ice-states.js'
import { readDescription } from '../../src/peer/connection-snapshot.js'
import { createFakeConnection } from '../support/fake-connection.js'

describe('readDescription', () => {
  it('reads the local and the negotiated username fragment', () => {
    const connection = createFakeConnection()
    expect(readDescription(connection)).toEqual({
      localUfrag: 'u1',
      negotiatedUfrag: 'u1',
      remoteUfrag: undefined,
      isStable: true,
    })
    const currentLocalDescription = connection.localDescription
    connection.offer()
    const pending = { localUfrag: 'u2', isStable: false }
    expect(readDescription(connection)).toEqual({ ...pending, negotiatedUfrag: undefined })
    expect(readDescription({ ...connection, currentLocalDescription })).toEqual({
      ...pending,
      negotiatedUfrag: 'u1',
    })
  })

  it('reads nothing before the first description', () => {
    const connection = createFakeConnection()
    connection.localDescription = null
    expect(readDescription(connection)).toMatchObject({ localUfrag: undefined, negotiatedUfrag: undefined })
  })

  it('treats a connection whose members throw as one without a description', () => {
    const connection = createFakeConnection()
    const throws = () => {
      throw new Error('no inner connection')
    }
    for (const member of [
      'signalingState',
      'localDescription',
      'currentLocalDescription',
      'remoteDescription',
    ])
      Object.defineProperty(connection, member, { get: throws })
    expect(readDescription(connection)).toEqual({
      localUfrag: undefined,
      negotiatedUfrag: undefined,
      remoteUfrag: undefined,
      isStable: false,
    })
  })

  it('reads whole lines only', () => {
    const connection = createFakeConnection()
    connection.localDescription = { sdp: 'x-a=ice-ufrag:no\r\na=ice-ufrag:yes\r\n' }
    expect(readDescription(connection).localUfrag).toBe('yes')
  })
})

describe('isDisconnected', () => {
  it.each(['disconnected', 'failed'])('returns true for %s', (state) => {
    expect(isDisconnected(state)).toBe(true)
  })

  it.each(['new', 'checking', 'connected', 'completed', 'closed', undefined])(
    'returns false for %s',
    (state) => {
      expect(isDisconnected(state)).toBe(false)
    },
  )
})

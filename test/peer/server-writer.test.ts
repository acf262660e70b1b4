import { describe, expect, it, vi } from 'vitest'
import { urlKeysOf } from '../../src/config/server-keys.js'
import { ConfigurationAccess } from '../../src/peer/connection-configuration.js'
import { ServerWriter } from '../../src/peer/server-writer.js'
import { NEW, NEWER, OLD } from '../support/attached-provider.js'
import {
  answerOf,
  FakeBrowserConnection,
  FakeFirefoxConnection,
  offerOf,
  overriddenMethodsOf,
} from '../support/fake-browser-connection.js'

const issuedKeys = new Set([OLD, NEW, NEWER].flatMap((servers) => [...urlKeysOf(servers)]))
const serversOf = (iceServers: typeof OLD, deadline = 1000) => ({
  iceServers,
  issuedKeys,
  deadline,
  isEvacuation: false,
})

const createWriter = (pc: FakeBrowserConnection, onError = () => {}) =>
  new ServerWriter(pc, new ConfigurationAccess(pc), onError)

/** Writes the servers `NEW` to a connection with the servers `OLD`. */
function writeNew(pc: FakeBrowserConnection = new FakeFirefoxConnection(), mayDefer = true) {
  const onError = vi.fn()
  const writer = createWriter(pc, onError)
  const hasChanged = writer.write(serversOf(NEW), mayDefer)
  return { pc, writer, hasChanged, onError }
}

/** Negotiates from here. */
async function negotiate({ pc, writer }: ReturnType<typeof writeNew>, answer = answerOf('r2')) {
  await pc.setLocalDescription(offerOf('u2'))
  writer.handleSignaling()
  await pc.setRemoteDescription(answer)
  writer.handleSignaling()
}

describe('ServerWriter.write', () => {
  it('writes the servers to a connection of Chromium at once', () => {
    const { pc, hasChanged } = writeNew(new FakeBrowserConnection())
    expect(pc.iceServers).toEqual(NEW)
    expect(hasChanged).toBe(true)
  })

  it('defers the servers in Firefox, and returns that they have changed', () => {
    const { pc, hasChanged } = writeNew()
    expect(pc.iceServers).toEqual(OLD)
    expect(hasChanged).toBe(true)
  })

  it('writes the servers in Firefox at once if there is no time to defer them', () => {
    expect(writeNew(new FakeFirefoxConnection(), false).pc.iceServers).toEqual(NEW)
  })

  it('writes the servers in Firefox at once before the first negotiation', () => {
    const pc = new FakeFirefoxConnection()
    Object.assign(pc, { currentLocalDescription: null, remoteDescription: null })
    Object.defineProperty(pc, 'signalingState', { value: 'have-local-offer' })
    expect(writeNew(pc).pc.iceServers).toEqual(NEW)
  })

  it('writes later servers in Firefox at once after the remote peer has restarted ICE', async () => {
    const written = writeNew()
    await negotiate(written)
    written.writer.write(serversOf(NEWER), true)
    expect(written.pc.iceServers).toEqual(NEWER)
  })

  it('still defers the servers after a first negotiation, which shows nothing about restarts', async () => {
    const pc = new FakeFirefoxConnection()
    pc.remoteDescription = null
    const writer = createWriter(pc)
    await pc.setRemoteDescription(offerOf('r1'))
    writer.handleSignaling()
    writer.write(serversOf(NEW), true)
    expect(pc.iceServers).toEqual(OLD)
  })

  it('returns that the servers have not changed if setConfiguration() throws', () => {
    const pc = new FakeBrowserConnection()
    pc.setConfiguration = () => {
      throw new Error('InvalidModificationError')
    }
    const { hasChanged, onError } = writeNew(pc)
    expect(hasChanged).toBe(false)
    expect(onError).toHaveBeenCalledOnce()
  })

  it('writes nothing if the connection has the servers already', () => {
    const pc = new FakeFirefoxConnection()
    const setConfiguration = vi.spyOn(pc, 'setConfiguration')
    const hasChanged = createWriter(pc).write(serversOf(OLD), false)
    expect(hasChanged).toBe(false)
    expect(setConfiguration).not.toHaveBeenCalled()
  })

  it('does not write deferred servers after a return to the ones that the connection has', () => {
    const { pc, writer } = writeNew()
    expect(writer.write(serversOf(OLD), true)).toBe(false)
    pc.restartIce()
    expect(pc.iceServers).toEqual(OLD)
  })

  it('defers the latest servers, with the earliest deadline', async () => {
    const written = writeNew()
    written.writer.write(serversOf(NEWER, 5000), true)
    await negotiate(written)
    expect(written.writer.takeDue()).toMatchObject({ iceServers: NEWER, deadline: 1000 })
  })
})

describe('ServerWriter after a negotiation in Firefox', () => {
  it('returns the deferred servers once after the remote peer has restarted ICE', async () => {
    const written = writeNew()
    expect(written.writer.takeDue()).toBeUndefined()
    await negotiate(written)
    expect(written.writer.isDue).toBe(true)
    expect(written.writer.takeDue()).toMatchObject({ iceServers: NEW })
    expect(written.pc.iceServers).toEqual(OLD)
    expect(written.writer.isDue).toBe(false)
    expect(written.writer.takeDue()).toBeUndefined()
  })

  it('returns nothing after an answer that keeps the username fragment of the remote peer', async () => {
    const written = writeNew()
    await negotiate(written, answerOf('r1'))
    expect(written.writer.takeDue()).toBeUndefined()
    expect(written.pc.iceServers).toEqual(OLD)
  })

  it('returns nothing after the remote description has lost its username fragment', () => {
    const { pc, writer } = writeNew()
    pc.remoteDescription = null
    writer.handleSignaling()
    expect(writer.takeDue()).toBeUndefined()
  })

  it('writes the deferred servers before the answer to an offer of the remote peer that restarts ICE', async () => {
    const { pc, writer } = writeNew()
    await pc.setRemoteDescription(offerOf('r2'))
    writer.handleSignaling()
    expect(pc.iceServers).toEqual(NEW)
    await pc.setLocalDescription()
    writer.handleSignaling()
    expect(writer.isDue).toBe(false)
  })

  it('keeps the servers deferred during an offer of the remote peer that does not restart ICE', async () => {
    const { pc, writer } = writeNew()
    await pc.setRemoteDescription(offerOf('r1'))
    writer.handleSignaling()
    expect(pc.iceServers).toEqual(OLD)
  })
})

describe('ServerWriter.writeDeferred', () => {
  it.each([
    ['writes the deferred servers of a lost connection', true, NEW],
    ['keeps the servers of a connection that works deferred', false, OLD],
  ] as const)('%s', (_, isLost, expected) => {
    const { pc, writer } = writeNew()
    writer.writeDeferred(isLost)
    expect(pc.iceServers).toEqual(expected)
  })

  it('writes the servers of a connection that works once the remote peer has restarted ICE', async () => {
    const written = writeNew()
    await negotiate(written)
    written.writer.writeDeferred(false)
    expect(written.pc.iceServers).toEqual(NEW)
  })

  it('writes the deferred servers in place of the issued ones only, with those of the app at that time', () => {
    const { pc, writer } = writeNew()
    const own = [{ urls: ['stun:own.org'] }]
    pc.setConfiguration({ iceServers: [...own, ...OLD], iceTransportPolicy: 'relay' })
    writer.writeDeferred(true)
    expect(pc.getConfiguration()).toEqual({ iceServers: [...own, ...NEW], iceTransportPolicy: 'relay' })
  })

  it('writes nothing if the connection has the deferred servers in the meantime', () => {
    const { pc, writer, onError } = writeNew()
    pc.setConfiguration({ iceServers: NEW })
    const setConfiguration = vi.spyOn(pc, 'setConfiguration')
    writer.writeDeferred(true)
    expect(setConfiguration).not.toHaveBeenCalled()
    expect(onError).not.toHaveBeenCalled()
  })

  it('writes nothing after the servers have been discarded', () => {
    const { pc, writer } = writeNew()
    writer.discard()
    writer.writeDeferred(true)
    expect(pc.iceServers).toEqual(OLD)
  })
})

describe('ServerWriter and restartIce() of the app', () => {
  it('writes the deferred servers before the restart', () => {
    const { pc } = writeNew()
    let serversAtRestart: unknown
    pc.addEventListener('negotiationneeded', () => {
      serversAtRestart = pc.iceServers
    })
    pc.restartIce()
    expect(serversAtRestart).toEqual(NEW)
    expect(overriddenMethodsOf(pc)).toEqual([])
  })

  it('restores restartIce() when the servers are discarded or written', () => {
    const [discarded, written] = [writeNew(), writeNew()]
    expect(overriddenMethodsOf(written.pc)).toEqual(['restartIce'])
    discarded.writer.discard()
    written.writer.write(serversOf(NEWER), false)
    for (const { pc } of [discarded, written]) expect(overriddenMethodsOf(pc)).toEqual([])
    discarded.pc.restartIce()
    expect(discarded.pc.iceServers).toEqual(OLD)
  })

  it('writes servers that are deferred again after they were discarded', () => {
    const { pc, writer } = writeNew()
    writer.discard()
    writer.write(serversOf(NEWER), true)
    pc.restartIce()
    expect(pc.iceServers).toEqual(NEWER)
  })

  it('defers the servers of a connection without restartIce()', () => {
    const { pc, writer, onError } = writeNew(
      Object.assign(new FakeFirefoxConnection(), { restartIce: undefined }) as never,
    )
    expect(pc.iceServers).toEqual(OLD)
    expect(onError).not.toHaveBeenCalled()
    writer.writeDeferred(true)
    expect(pc.iceServers).toEqual(NEW)
  })
})

/** The class for libraries that create their connections themselves. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createPeerConnectionClass } from '../../src/index.js'
import { BaseConnection, createClass, createProvider } from '../support/base-connection.js'
import { advance, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

describe('the class', () => {
  it('has the name and the statics of its parent, and the instances of both', () => {
    const { provider } = createProvider()
    const Connection = createClass(provider)
    expect(Connection.name).toBe('BaseConnection')
    expect(Connection.generateCertificate()).toBe('certificate')
    const pc = new Connection()
    expect(pc instanceof BaseConnection).toBe(true)
    expect(pc instanceof Connection).toBe(true)
    expect(new BaseConnection() instanceof Connection).toBe(true)
    class Library extends Connection {}
    expect(new Library() instanceof Library).toBe(true)
    expect(pc instanceof Library).toBe(false)
  })

  it('extends a constructor that returns an object of another class, as that of webrtc-adapter does', async () => {
    const { provider } = createProvider()
    function Adapted(configuration: RTCConfiguration) {
      return new BaseConnection(configuration)
    }
    Adapted.prototype = BaseConnection.prototype
    const baseClass = Adapted as unknown as typeof BaseConnection
    const pc = new (createPeerConnectionClass(provider, { baseClass, serversTimeoutMs: 10 }))()
    const described = pc.setLocalDescription()
    expect(pc.operations).toEqual([])
    await advance(10)
    expect(await described).toBe('setLocalDescription')
  })

  it('extends the global RTCPeerConnection by default', () => {
    const { provider } = createProvider()
    expect(() => createPeerConnectionClass(provider)).toThrow(
      'createPeerConnectionClass(): baseClass must be a class like RTCPeerConnection, got undefined',
    )
  })

  it.each([
    [{ otherServer: 'keep' }, 'unknown option otherServer (did you mean otherServers?)'],
    [{ otherServers: 'drop' }, "otherServers must be 'keep' or 'remove', got a string"],
    [
      { restartIce: 'relay' },
      "restartIce must be 'relayed', 'always', 'lost', 'never' or a function, got a string",
    ],
    [{ inBand: 'yes' }, "inBand must be a boolean or 'always', got a string"],
    [{ configuration: {} }, 'unknown option configuration'],
    [{ serversTimeoutMs: -1 }, 'serversTimeoutMs must be an integer from 0 to 2147483647, got -1'],
    [{ baseClass: {} }, 'baseClass must be a class like RTCPeerConnection, got an object'],
  ])('rejects %j', (options, message) => {
    const { provider } = createProvider()
    expect(() => createClass(provider, options as never)).toThrow(`createPeerConnectionClass(): ${message}`)
  })

  it('rejects what is not a provider', () => {
    expect(() => createClass(Promise.resolve() as never)).toThrow(
      'createPeerConnectionClass(): provider must be an IceServerProvider, got a Promise (forgot await?)',
    )
  })
})

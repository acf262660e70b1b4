import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type AttachableConnection, type AttachOptions, IceServerError } from '../../src/index.js'
import { createAttachedProvider, createConnection, NEW, OFFER_MS, OLD } from '../support/attached-provider.js'
import { createFakeConnection } from '../support/fake-connection.js'
import { advance, HOUR, SECOND, useFakeClock, useRealClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(useRealClock)

describe('attach() and the configuration', () => {
  it('writes new servers and leaves the other members as they are', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const certificates = [{} as RTCCertificate]
    const rest = { iceTransportPolicy: 'relay', bundlePolicy: 'max-bundle', certificates } as const
    const pc = createConnection({ ...rest, iceServers: OLD })
    attach(pc)
    await rotate()
    expect(pc.setConfiguration).toHaveBeenCalledExactlyOnceWith({ ...rest, iceServers: NEW })
  })

  it('writes nothing and restarts nothing while the servers stay the same', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = createConnection({ iceServers: [{ urls: 'turn:old', username: 'u', credential: 'c' }] })
    attach(pc)
    await rotate(OLD)
    await advance(OFFER_MS)
    expect(pc.setConfiguration).not.toHaveBeenCalled()
    expect(pc.restartIce).not.toHaveBeenCalled()
  })

  it('writes the current servers to a connection when it is attached', async () => {
    const { attach } = await createAttachedProvider()
    const pc = createConnection({})
    attach(pc)
    expect(pc.iceServers).toEqual(OLD)
  })

  it('reports a connection whose setConfiguration() throws, and updates the others', async () => {
    const { attach, rotate, onError } = await createAttachedProvider()
    const cause = new Error('InvalidModificationError')
    const [first, failing, last] = [createConnection(), createConnection(), createConnection()]
    failing.setConfiguration.mockImplementation(() => {
      throw cause
    })
    for (const pc of [first, failing, last]) attach(pc)
    await rotate()
    expect([first, last].map((pc) => pc.iceServers)).toEqual([NEW, NEW])
    expect(onError).toHaveBeenCalledExactlyOnceWith(expect.any(IceServerError))
    expect(onError.mock.calls[0]?.[0]).toMatchObject({
      code: 'ERR_CONNECTION',
      message: 'setConfiguration() failed, so the connection keeps its previous ICE servers; see the cause',
      cause,
    })
    await advance(OFFER_MS)
    expect([first, failing, last].map((pc) => pc.restartIce.mock.calls.length)).toEqual([1, 0, 0])
  })

  it('updates a stand-in that has only a configuration', async () => {
    const { attach, rotate, onError } = await createAttachedProvider()
    const { signalingState, getConfiguration, setConfiguration } = createConnection()
    attach({ signalingState, getConfiguration, setConfiguration })
    await rotate()
    await advance(OFFER_MS)
    expect(setConfiguration).toHaveBeenCalledOnce()
    expect(onError).not.toHaveBeenCalled()
  })
})

describe('attach() and the lifetime of an attachment', () => {
  it('keeps the provider refreshing while the connection is open', async () => {
    const { attach, endpoint } = await createAttachedProvider()
    const pc = createConnection()
    await advance(29 * SECOND)
    attach(pc)
    await advance(SECOND)
    expect(endpoint).toHaveBeenCalledTimes(2)
  })

  it('forgets a closed connection', async () => {
    const { attach, rotate, onError, endpoint } = await createAttachedProvider()
    const pc = createConnection()
    attach(pc)
    pc.signalingState = 'closed'
    await rotate()
    attach(pc)
    const requests = endpoint.mock.calls.length
    await advance(2 * HOUR)
    expect(endpoint).toHaveBeenCalledTimes(requests)
    expect(pc.setConfiguration).not.toHaveBeenCalled()
    expect(onError).not.toHaveBeenCalled()
  })

  it('keeps a connection that is attached twice until both are detached', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = createConnection()
    const [detachFirst, detachSecond] = [attach(pc), attach(pc)]
    detachFirst()
    detachFirst()
    await rotate()
    expect(pc.setConfiguration).toHaveBeenCalledOnce()
    detachSecond()
    await rotate(OLD)
    expect(pc.setConfiguration).toHaveBeenCalledOnce()
  })

  it('observes nothing and restarts nothing after it is detached', async () => {
    const { attach, rotate, onError, endpoint } = await createAttachedProvider()
    const pc = createConnection()
    const timers = vi.getTimerCount() // that of the provider, which has a listener
    const detach = attach(pc)
    await rotate()
    detach()
    pc.changeIceState('failed')
    pc.rejectCredentials('turn:new')
    await advance(SECOND)
    expect(pc.restartIce).not.toHaveBeenCalled()
    expect(endpoint).toHaveBeenCalledTimes(2)
    expect(onError).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(timers)
  })

  it('observes nothing and restarts nothing after the provider is closed', async () => {
    const { provider, attach, rotate } = await createAttachedProvider()
    const pc = createConnection()
    attach(pc)
    await rotate()
    provider.close()
    pc.changeIceState('failed')
    await advance(SECOND)
    expect(pc.restartIce).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not restart a connection that is detached while its stats are read', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const restartIce = vi.fn()
    const pc = createConnection()
    let deliver = () => {}
    const delivered = new Promise<void>((resolve) => {
      deliver = resolve
    })
    const { getStats } = pc
    pc.getStats = () => delivered.then(getStats)
    const detach = attach(pc, { restartIce })
    await rotate()
    await advance(OFFER_MS)
    detach()
    deliver()
    await advance(SECOND)
    expect(restartIce).not.toHaveBeenCalled()
  })

  it('restarts a connection that is attached again before it has restarted', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = createConnection()
    const detach = attach(pc)
    await rotate()
    detach()
    attach(pc)
    await advance(SECOND)
    expect(pc.restartIce).toHaveBeenCalledOnce()
  })

  it('requests one restart of a connection that is attached several times, with a function if there is one', async () => {
    const { attach, rotate } = await createAttachedProvider()
    const pc = createConnection()
    const [first, second] = [vi.fn(), vi.fn()]
    attach(pc, { restartIce: 'never' })
    attach(pc, { restartIce: 'always' })
    attach(pc, { restartIce: first })
    attach(pc, { restartIce: second })
    await rotate()
    await advance(2 * SECOND)
    expect([first, second, pc.restartIce].map((restart) => restart.mock.calls.length)).toEqual([1, 0, 0])
  })
})

describe('attach() and its arguments', () => {
  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [5, '5'],
    [{}, 'an object'],
    [Promise.resolve(createFakeConnection()), 'a Promise (forgot await?)'],
  ])('rejects %s as a connection', async (connection, description) => {
    const { attach } = await createAttachedProvider()
    expect(() => attach(connection as unknown as AttachableConnection)).toThrow(
      new TypeError(`attach(): connection must be an RTCPeerConnection, got ${description}`),
    )
  })

  it.each(['sometimes', 5, null, {}])('rejects %j as a restart policy', async (restartIce) => {
    const { attach } = await createAttachedProvider()
    expect(() => attach(createConnection(), { restartIce } as unknown as AttachOptions)).toThrow(
      /^attach\(\): restartIce must be 'relayed', 'always', 'lost', 'never' or a function, got /,
    )
  })

  it.each([[() => {}], [Promise.resolve({})], [[]]])('rejects %s as options', async (options) => {
    const { attach } = await createAttachedProvider()
    expect(() => attach(createConnection(), options as unknown as AttachOptions)).toThrow(
      /^attach\(\): options must be an object, got /,
    )
  })

  it('rejects an invalid afterExpiry', async () => {
    const { attach } = await createAttachedProvider()
    expect(() => attach(createConnection(), { afterExpiry: 'stay' } as unknown as AttachOptions)).toThrow(
      new TypeError("attach(): afterExpiry must be 'keep' or 'drop', got a string"),
    )
  })

  it('rejects an unknown option, and names the known one', async () => {
    const { attach } = await createAttachedProvider()
    expect(() => attach(createConnection(), { restartICE: 'never' } as AttachOptions)).toThrow(
      new TypeError('attach(): unknown option restartICE (did you mean restartIce?)'),
    )
  })
})

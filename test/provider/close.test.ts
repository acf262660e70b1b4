import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { IceServerProvider } from '../../src/index.js'
import { broken } from '../support/create-provider.js'
import { rejectionOf } from '../support/error-of.js'
import { iceServersResponse } from '../support/http-server.js'
import { connection, createScriptedProvider, restoreAll } from '../support/scripted-provider.js'
import { advance, HOUR, MINUTE, useFakeClock } from '../support/time.js'

beforeEach(useFakeClock)
afterEach(restoreAll)

describe('close', () => {
  it('ends everything, once', async () => {
    const { endpoint, provider, log } = createScriptedProvider([
      iceServersResponse(),
      () => new Promise(() => {}),
    ])
    const events = log()
    const pc = connection()
    provider.attach(pc)
    await advance(50 * MINUTE)
    const waiting = rejectionOf(provider.refresh())
    provider.close()
    provider.close()
    const late = vi.fn()
    provider.on('error', late)
    expect(await waiting).toMatchObject({ code: 'ERR_CLOSED', fatal: true })
    expect(endpoint.mock.calls[1]?.[0].signal.aborted).toBe(true)
    expect(provider).toMatchObject({ state: 'closed', current: undefined })
    expect(events).toEqual(['fresh', 'stale', 'closed'])
    expect(vi.getTimerCount()).toBe(0)
    provider.on('update', () => {})
    await advance(24 * HOUR)
    expect(endpoint).toHaveBeenCalledTimes(2)
    expect(late).not.toHaveBeenCalled()
    expect(events).toHaveLength(3)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('from a listener of its own end lets the others hear of it', () => {
    const { provider } = createScriptedProvider()
    const other = vi.fn()
    provider.on('statechange', () => provider.close())
    provider.on('statechange', other)
    provider.close()
    expect(other).toHaveBeenCalledExactlyOnceWith('closed')
  })

  it('refuses whoever asks after it', async () => {
    const { provider } = createScriptedProvider()
    provider.close()
    for (const ask of [
      () => provider.getIceServers(),
      () => provider.getConfiguration(),
      () => provider.refresh(),
    ]) {
      expect(await rejectionOf(ask())).toMatchObject({ code: 'ERR_CLOSED' })
    }
    expect(() => provider.attach(connection())).toThrow('the provider is closed')
  })

  it('ignores an answer or an error that comes too late', async () => {
    for (const late of [iceServersResponse(), broken]) {
      const { provider, log } = createScriptedProvider([late])
      const events = log()
      const asking = rejectionOf(provider.getIceServers())
      await Promise.resolve()
      provider.close()
      expect(await asking).toMatchObject({ code: 'ERR_CLOSED' })
      await advance(0)
      expect(events).toEqual(['closed'])
    }
  })

  it('may be called by the endpoint, and leaves no listener behind', async () => {
    const target = new EventTarget()
    let listeners = 0
    vi.stubGlobal(
      'addEventListener',
      (type: string, listener: () => void, options: AddEventListenerOptions) => {
        listeners++
        options.signal?.addEventListener('abort', () => listeners--)
        target.addEventListener(type, listener, options)
      },
    )
    const provider: IceServerProvider = new IceServerProvider(() => {
      provider.close()
      return new Promise(() => {})
    })
    const asking = rejectionOf(provider.getIceServers())
    provider.on('update', () => {})
    expect(await asking).toMatchObject({ code: 'ERR_CLOSED' })
    expect(listeners).toBe(0)
    expect(vi.getTimerCount()).toBe(0)
    vi.unstubAllGlobals()
  })

  it('ignores an answer during whose reading it was closed', async () => {
    for (const outcome of [() => iceServersResponse(), () => null]) {
      const { provider, log } = createScriptedProvider([iceServersResponse()], {
        parse() {
          provider.close()
          return outcome()
        },
      })
      const events = log()
      expect(await rejectionOf(provider.getIceServers())).toMatchObject({ code: 'ERR_CLOSED' })
      await advance(0)
      expect(provider).toMatchObject({ state: 'closed', current: undefined })
      expect(events).toEqual(['closed'])
    }
  })

  it('comes with the end of a using block', () => {
    const { provider } = createScriptedProvider()
    provider[Symbol.dispose]()
    expect(provider.state).toBe('closed')
  })
})

// @vitest-environment happy-dom
import { act } from '@testing-library/react'
import { useState } from 'react'
import type { IceServerProvider } from 'turnkeeper'
import { expect, it, vi } from 'vitest'
import { statesOf, useRecordedConnections } from '../support/recorded-connections.js'

// Before React DOM is loaded, which looks for the hook of React Refresh then.
const refresh = await vi.hoisted(async () => {
  const { default: runtime } = await import('react-refresh/runtime')
  runtime.injectIntoGlobalHook(globalThis as never)
  return runtime
})

const connections = useRecordedConnections()

it('a replaced module closes its provider and connection, and keeps the state of its component', async () => {
  const { createRoot } = await import('react-dom/client')
  const { useIceServerProvider, usePeerConnection } = await import('turnkeeper/react')
  const requested: string[] = []
  const providers = new Set<IceServerProvider>()

  /** Evaluates a version of the module, like a dev server does after an edit. */
  const evaluateModule = (version: string) => {
    const sign = refresh.createSignatureFunctionForTransform()
    function Room() {
      sign()
      const [name] = useState(`created by ${version}`)
      const provider = useIceServerProvider(() => {
        requested.push(version)
        return [{ urls: 'turn:t.org', username: version, credential: 'c' }]
      })
      if (provider) providers.add(provider)
      const { connection } = usePeerConnection(provider)
      return (
        <p>
          {name}, {provider?.state}, {version}, {connection?.getConfiguration().iceServers?.[0]?.username}
        </p>
      )
    }
    sign(Room, 'useState useIceServerProvider usePeerConnection', false)
    refresh.register(Room, 'room.tsx Room')
    return Room
  }

  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  const container = document.createElement('div')
  const root = createRoot(container)
  const Room = evaluateModule('v1')
  await act(async () => root.render(<Room />))
  await vi.waitFor(() => expect(statesOf(connections)).toEqual(['new']))

  await act(async () => {
    evaluateModule('v2')
    refresh.performReactRefresh()
  })
  await vi.waitFor(() => expect(statesOf(connections)).toEqual(['closed', 'new']))
  await act(async () => {})
  expect(container.textContent).toBe('created by v1, fresh, v2, v2')
  expect(requested).toEqual(['v1', 'v2'])
  expect([...providers].map(({ state }) => state)).toEqual(['closed', 'fresh'])
  await act(async () => root.unmount())
  expect(statesOf(connections)).toEqual(['closed', 'closed'])
})

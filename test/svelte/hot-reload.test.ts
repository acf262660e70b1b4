// @vitest-environment happy-dom
import { flushSync, mount, unmount } from 'svelte'
// @ts-expect-error -- has no types; compiled components import it
import * as internal from 'svelte/internal/client'
import { readable } from 'svelte/store'
import type { IceServerProvider } from 'turnkeeper'
import { expect, it, vi } from 'vitest'
import { statesOf, useRecordedConnections } from '../support/recorded-connections.js'
import Call from './fixtures/call.svelte'

const connections = useRecordedConnections()

it('a replaced module closes its provider and connection', async () => {
  const endpoint = () => [{ urls: 'turn:t.org', username: 'u', credential: 'c' }]
  const created: { readonly current: IceServerProvider | undefined }[] = []
  const props = {
    args: readable([endpoint] as const),
    isCalling: readable(true),
    options: readable({}),
    onConnection() {},
    onCreate: (provider: (typeof created)[number]) => void created.push(provider),
  }
  /** Evaluates the module, like a dev server does after an edit. */
  const evaluateModule = (): typeof Call =>
    internal.hmr((...args: [never, never]) =>
      (Call as unknown as (...args: [never, never]) => object)(...args),
    )

  const first = evaluateModule()
  const instance = mount(first, { target: document.createElement('div'), props })
  flushSync()
  const provider = created[0]?.current
  await vi.waitFor(() => expect(statesOf(connections)).toEqual(['new']))
  const hot = (first as unknown as Record<symbol, { update(next: unknown): void }>)[internal.HMR]
  hot?.update(evaluateModule())
  flushSync()
  await vi.waitFor(() => expect(statesOf(connections)).toEqual(['closed', 'new']))
  expect(provider?.state).toBe('closed')
  expect(created[1]?.current?.state).toBe('fresh')
  await unmount(instance)
  expect(statesOf(connections)).toEqual(['closed', 'closed'])
})

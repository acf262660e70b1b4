/** The built package in Node: its import and when it lets the process exit. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const run = promisify(execFile)
const ENTRY = new URL('../../dist/index.js', import.meta.url).href

/** Imports the entry after its dependencies, and records every access to a global with side effects. */
const WATCHED_IMPORT = `
  await Promise.all([import('ky'), import('eventemitter3')])
  const accessed = []
  const watched = ['setTimeout', 'setInterval', 'queueMicrotask', 'fetch', 'addEventListener', 'document', 'navigator', 'BroadcastChannel', 'localStorage', 'reportError']
  for (const name of watched) {
    const value = globalThis[name]
    Object.defineProperty(globalThis, name, { configurable: true, get() { accessed.push(name); return value } })
  }
  const names = Object.getOwnPropertyNames(globalThis)
  const handles = process.getActiveResourcesInfo().length
  await import('${ENTRY}')
  console.log(JSON.stringify({
    accessed,
    added: Object.getOwnPropertyNames(globalThis).filter((name) => !names.includes(name)),
    handles: process.getActiveResourcesInfo().length - handles,
  }))
`

it('importing the package has no side effects', async () => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', WATCHED_IMPORT], {
    cwd: new URL('../..', import.meta.url),
  })
  expect(JSON.parse(stdout)).toEqual({ accessed: [], added: [], handles: 0 })
})

it('a provider that waits for its next refresh does not keep the Node process alive', async () => {
  const script = `
    import { IceServerProvider } from '${ENTRY}'
    const provider = new IceServerProvider(() => [{ urls: 'stun:s.org' }], { keepFresh: 'always' })
    await provider.getIceServers()
    console.log(provider.state)
  `
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    timeout: 30_000,
  })
  expect(stdout).toBe('fresh\n')
})

it('a pending refresh() keeps the Node process alive until its request', async () => {
  const script = `
    import { IceServerProvider } from '${ENTRY}'
    const provider = new IceServerProvider(() => [{ urls: 'stun:s.org' }])
    await provider.getIceServers()
    await provider.refresh()
    console.log(provider.state)
  `
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    timeout: 30_000,
  })
  expect(stdout).toBe('fresh\n')
})

it('a relay meter does not keep the Node process alive', async () => {
  const script = `
    import { RelayMeter } from '${ENTRY}'
    const meter = new RelayMeter()
    meter.watch({ signalingState: 'stable', setConfiguration() {}, getStats: async () => new Map() })
    console.log((await meter.read()).length)
  `
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], {
    timeout: 30_000,
  })
  expect(stdout).toBe('0\n')
})

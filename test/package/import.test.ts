import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const run = promisify(execFile)
const ENTRY = new URL('../../dist/index.js', import.meta.url).href

/** Imports the entry with every global that could be touched watched, after its dependencies are loaded. */
const WATCHED_IMPORT = `
  await Promise.all([import('ky'), import('eventemitter3')])
  const touched = []
  const watched = ['setTimeout', 'setInterval', 'queueMicrotask', 'fetch', 'addEventListener', 'document', 'navigator', 'BroadcastChannel', 'localStorage', 'reportError']
  for (const name of watched) {
    const value = globalThis[name]
    Object.defineProperty(globalThis, name, { configurable: true, get() { touched.push(name); return value } })
  }
  const names = Object.getOwnPropertyNames(globalThis)
  const handles = process.getActiveResourcesInfo().length
  await import('${ENTRY}')
  console.log(JSON.stringify({
    touched,
    added: Object.getOwnPropertyNames(globalThis).filter((name) => !names.includes(name)),
    handles: process.getActiveResourcesInfo().length - handles,
  }))
`

it('importing the package does nothing that can be observed', async () => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', WATCHED_IMPORT], {
    cwd: new URL('../..', import.meta.url),
  })
  expect(JSON.parse(stdout)).toEqual({ touched: [], added: [], handles: 0 })
})

it('a provider that waits for its next refresh does not keep Node from ending', async () => {
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

it('a caller who waits for the next try keeps Node from ending', async () => {
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

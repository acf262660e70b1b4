/** A provider under a strict Content Security Policy and in a web worker. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { startPageServer } from '../support/page-server.js'

const SERVER = { urls: ['turn:turn.example.org'], username: 'user', credential: 'pass' }

let pages: Awaited<ReturnType<typeof startPageServer>>
beforeAll(async () => {
  pages = await startPageServer({ '/ice-servers': () => ({ iceServers: [SERVER], ttl: 3600 }) })
})
afterAll(() => pages?.stop())

/** Runs in the page: resolves with the servers that a provider in a worker returns. */
function getIceServersInWorker(base: string): Promise<unknown> {
  const code = `
    importScripts('${base}turnkeeper.js')
    const provider = new TurnKeeper.IceServerProvider('${base}ice-servers')
    Promise.all([provider.getIceServers(), provider.getIceServers()]).then(
      ([iceServers]) => postMessage({ iceServers, state: provider.state, hasWindow: 'window' in self }),
      (error) => postMessage(String(error)),
    )`
  const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })))
  return new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data)
    worker.onerror = ({ message }) => reject(new Error(message))
  })
}

describeInBrowsers('IceServerProvider', ({ open }) => {
  it('works under a policy that allows only scripts and requests of the same origin', async () => {
    const page = await open(`${pages.url}strict`)
    const result = await page.evaluate(async () => {
      const violations: string[] = []
      document.addEventListener('securitypolicyviolation', ({ violatedDirective }) => {
        violations.push(violatedDirective)
      })
      const provider = new TurnKeeper.IceServerProvider('/ice-servers')
      const iceServers = await provider.getIceServers()
      await new Promise((resolve) => setTimeout(resolve, 100)) // a violation is reported in a later task
      const violated = violations.join()
      const isUnderPolicy = await fetch('data:,').then(
        () => false,
        () => true,
      )
      return { iceServers, violated, isUnderPolicy }
    })
    expect(result).toEqual({ iceServers: [SERVER], violated: '', isUnderPolicy: true })
  })

  it('shares one request among the callers in a web worker', async () => {
    const page = await open(pages.url)
    const before = pages.requestsTo('/ice-servers')
    expect(await page.evaluate(getIceServersInWorker, pages.url)).toEqual({
      iceServers: [SERVER],
      state: 'fresh',
      hasWindow: false,
    })
    expect(pages.requestsTo('/ice-servers') - before).toBe(1)
  })
})

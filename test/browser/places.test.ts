import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { startPageServer } from '../support/page-server.js'

const SERVER = { urls: ['turn:turn.example.org'], username: 'user', credential: 'pass' }

let pages: Awaited<ReturnType<typeof startPageServer>>
let asked = 0
beforeAll(async () => {
  pages = await startPageServer({
    '/ice-servers': () => {
      asked++
      return { iceServers: [SERVER], ttl: 3600 }
    },
  })
})
afterAll(() => pages?.stop())

/** Runs in the page: what a worker gets from a provider of its own. */
function askInWorker(base: string): Promise<unknown> {
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

describeInBrowsers('a provider', ({ open }) => {
  it('works in a page whose policy lets it have scripts and requests of its own origin, and no more', async () => {
    const page = await open(`${pages.url}strict`)
    const got = await page.evaluate(async () => {
      const complaints: string[] = []
      document.addEventListener('securitypolicyviolation', ({ violatedDirective }) => {
        complaints.push(violatedDirective)
      })
      const provider = new TurnKeeper.IceServerProvider('/ice-servers')
      const iceServers = await provider.getIceServers()
      await new Promise((resolve) => setTimeout(resolve, 100)) // a complaint comes in a task of its own
      const complaint = complaints.join()
      const isUnderPolicy = await fetch('data:,').then(
        () => false,
        () => true,
      )
      return { iceServers, complaint, isUnderPolicy }
    })
    expect(got).toEqual({ iceServers: [SERVER], complaint: '', isUnderPolicy: true })
  })

  it('works in a web worker', async () => {
    const page = await open(pages.url)
    asked = 0
    expect(await page.evaluate(askInWorker, pages.url)).toEqual({
      iceServers: [SERVER],
      state: 'fresh',
      hasWindow: false,
    })
    expect(asked).toBe(1)
  })
})

import { createServer } from 'vite'
import { it } from 'vitest'
import { demoConfig } from './demo/demo-config.js'
import { launchBrowser } from './test/support/browsers.js'
it('x', async () => {
  const server = await createServer({ ...demoConfig(), cacheDir: '/tmp/recipes/node_modules/.vite-debug', logLevel: 'error' })
  await server.listen()
  const browser = await launchBrowser((process.env.B ?? 'firefox') as 'firefox')
  const page = await browser.newPage()
  page.on('console', (m) => console.log(m.text()))
  page.on('pageerror', (m) => console.log(String(m)))
  await page.evaluateOnNewDocument(() => {
    let n = 0
    const Base = RTCPeerConnection
    globalThis.RTCPeerConnection = class extends Base {
      constructor(c: RTCConfiguration) { super(c); const id = ++n
        this.addEventListener('icecandidateerror', (e) => console.log(id, 'err', e.errorCode, e.url, e.errorText))
        this.addEventListener('iceconnectionstatechange', () => console.log(id, this.iceConnectionState, this.connectionState))
        this.addEventListener('connectionstatechange', () => console.log(id, 'conn', this.connectionState))
      }
      async addIceCandidate(c: any) { console.log('add', JSON.stringify(c)); return super.addIceCandidate(c).catch((e: any) => { console.log('ADD ERR', String(e)); throw e }) }
      async setRemoteDescription(d: any) { console.log('REMOTE', d.type, d.sdp); return super.setRemoteDescription(d).catch((e: any) => { console.log('ERR', String(e)); throw e }) }
    } as any
  })
  await page.goto(`${server.resolvedUrls?.local[0]}recipes/${process.env.P}.html`)
  await new Promise((r) => setTimeout(r, Number(process.env.T ?? 15000)))
  console.log(await page.$$eval('main [id]', (es) => es.map((e) => e.id + '=' + e.textContent).join(' ')))
  await browser.close(); await server.close()
}, 100000)

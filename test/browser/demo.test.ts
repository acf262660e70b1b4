import { mkdir } from 'node:fs/promises'
import { createServer, type ViteDevServer } from 'vite'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'

const PICTURES = new URL('../.results/', import.meta.url).pathname

let server: ViteDevServer
let url: string
beforeAll(async () => {
  await mkdir(PICTURES, { recursive: true })
  const configFile = new URL('../../demo/vite.config.ts', import.meta.url).pathname
  server = await createServer({ configFile, logLevel: 'error', server: { port: 0 } })
  await server.listen()
  url = server.resolvedUrls?.local[0] ?? ''
})
afterAll(() => server?.close())

describeInBrowsers('the demo', ({ name, open }) => {
  it('keeps its call up while the credentials rotate', async () => {
    const page = await open('about:blank')
    const complaints: string[] = []
    page.on('console', (message) => {
      if (['error', 'warn'].includes(message.type())) complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.setViewport({ width: 1100, height: 900 })
    await page.goto(url)
    const textOf = (id: string) => page.$eval(`#${id}`, (element) => element.textContent ?? '')
    const numberOf = async (id: string) => Number(await textOf(id))
    const until = (expression: string) => page.waitForFunction(expression, { timeout: 60_000, polling: 100 })

    await until(`document.getElementById('call-state').textContent === 'connected'`)
    await until(`Number(document.getElementById('frames').textContent) > 0`)
    const firstUsername = await textOf('username')
    const firstPath = await textOf('path')
    expect(await textOf('source')).toBe('embedded')
    expect(firstPath).toMatch(/^relay .* ↔ relay /)

    await until(`Number(document.getElementById('refreshes').textContent) >= 2`)
    const frames = await numberOf('frames')
    await until(`Number(document.getElementById('frames').textContent) > ${frames + 20}`)
    await until(`document.getElementById('path').textContent !== '${firstPath}'`)
    expect(await textOf('username')).not.toBe(firstUsername)
    expect(await textOf('call-state')).toBe('connected')
    expect(await textOf('events')).not.toMatch(/disconnected|failed|ERR_|TURN server/)
    expect(complaints).toEqual([])

    for (const scheme of name === 'chromium' ? ['light', 'dark'] : ['light']) {
      if (name === 'chromium')
        await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
      await page.screenshot({ path: `${PICTURES}demo-${name}-${scheme}.png` })
    }
    await page.setViewport({ width: 390, height: 844 })
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    await page.screenshot({ path: `${PICTURES}demo-${name}-phone.png` })
  })
})

import { mkdir } from 'node:fs/promises'
import axe from 'axe-core'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../support/browsers.js'
import { filesBelow } from '../support/code-blocks.js'
import { startDemo } from '../support/demo-server.js'
import { findProgram } from '../support/system-packages.js'

const PICTURES = new URL('../.results/pages/', import.meta.url).pathname
const ROOT = new URL('../..', import.meta.url).pathname

const pages = filesBelow(ROOT, 'demo', '.html').map((path) => path.replace(/^demo\//, ''))

/** What axe has against a page as it is now. */
async function faultsOf(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run())
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

// In Chromium alone, for axe reads the document, not the browser; Firefox opens the pages in the tests of their own.
describe.skipIf(!findProgram('chromium'))('the pages of the demo', () => {
  let server: Awaited<ReturnType<typeof startDemo>>
  let browser: Browser
  beforeAll(async () => {
    await mkdir(PICTURES, { recursive: true })
    server = await startDemo('pages')
    browser = await launchBrowser('chromium')
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  it.each(pages)('are accessible, and fit wide and narrow, light and dark: %s', async (path) => {
    const page = await browser.newPage()
    const complaints: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(`${server.url}${path}`)
    await page.evaluate(axe.source)

    for (const value of ['light', 'dark']) {
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }])
      for (const width of [1100, 390]) {
        await page.setViewport({ width, height: 900 })
        const tooWide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect(tooWide).toBeLessThanOrEqual(0)
        const name = path.replaceAll('/', '-').replace('.html', '')
        await page.screenshot({ path: `${PICTURES}${name}-${value}-${width}.png`, fullPage: true })
        expect(await faultsOf(page), `${value}, ${width} px`).toEqual([])
      }
    }
    expect(complaints).toEqual([])
    await page.close()
  })
})

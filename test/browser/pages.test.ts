import { mkdir } from 'node:fs/promises'
import axe from 'axe-core'
import type { Browser, Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { launchBrowser } from '../support/browsers.js'
import { filesBelow } from '../support/code-blocks.js'
import { startDemo } from '../support/demo-server.js'
import { findProgram } from '../support/system-packages.js'

const SCREENSHOTS = new URL('../.results/pages/', import.meta.url).pathname
const ROOT = new URL('../..', import.meta.url).pathname

const pages = filesBelow(ROOT, 'demo', '.html')
  .map((path) => path.replace(/^demo\//, ''))
  .filter((path) => !path.startsWith('starters/'))

/** Resolves with the accessibility violations that axe finds in the page. */
async function findViolations(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate(() => (globalThis as unknown as { axe: typeof axe }).axe.run())
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

// Chromium only: axe checks the document, not the browser. Other tests open the pages in Firefox.
describe.skipIf(!findProgram('chromium'))('the pages of the demo', () => {
  let server: Awaited<ReturnType<typeof startDemo>>
  let browser: Browser
  beforeAll(async () => {
    await mkdir(SCREENSHOTS, { recursive: true })
    server = await startDemo('pages')
    browser = await launchBrowser('chromium')
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
  })

  it.each(pages)('are accessible and do not overflow in any width or colour scheme: %s', async (path) => {
    const page = await browser.newPage()
    const consoleErrors: string[] = []
    page.on('console', (message) => {
      if (message.type() === 'error') consoleErrors.push(message.text())
    })
    page.on('pageerror', (error) => consoleErrors.push(String(error)))
    await page.goto(`${server.url}${path}`)
    await page.evaluate(axe.source)

    for (const value of ['light', 'dark']) {
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }])
      for (const width of [1100, 390]) {
        await page.setViewport({ width, height: 900 })
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)
        expect(overflow).toBeLessThanOrEqual(0)
        const name = path.replaceAll('/', '-').replace('.html', '')
        await page.screenshot({ path: `${SCREENSHOTS}${name}-${value}-${width}.png`, fullPage: true })
        expect(await findViolations(page), `${value}, ${width} px`).toEqual([])
      }
    }
    expect(consoleErrors).toEqual([])
    await page.close()
  })
})

import { mkdir } from 'node:fs/promises'
import axe from 'axe-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { filesBelow } from '../support/code-blocks.js'
import { startDemo } from '../support/demo-server.js'

const PICTURES = new URL('../.results/pages/', import.meta.url).pathname
const ROOT = new URL('../..', import.meta.url).pathname

const pages = filesBelow(ROOT, 'demo', '.html').map((path) => path.replace(/^demo\//, ''))

let server: Awaited<ReturnType<typeof startDemo>>
beforeAll(async () => {
  await mkdir(PICTURES, { recursive: true })
  server = await startDemo('pages')
})
afterAll(() => server?.stop())

describeInBrowsers('the pages of the demo', ({ name, open }) => {
  // Firefox opens each of them in the test of its own.
  it.skipIf(name === 'firefox').each(pages)(
    'are accessible, and fit wide and narrow, light and dark: %s',
    async (path) => {
      const page = await open('about:blank')
      const complaints: string[] = []
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text())
      })
      page.on('pageerror', (error) => complaints.push(String(error)))
      await page.goto(`${server.url}${path}`)
      await page.waitForFunction(() => document.querySelector('h1'))
      await page.evaluate(axe.source)

      for (const scheme of ['light', 'dark']) {
        await page.evaluate((scheme) => {
          document.documentElement.style.colorScheme = scheme
        }, scheme)
        for (const width of [1100, 390]) {
          await page.setViewport({ width, height: 900 })
          expect(
            await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
          ).toBeLessThanOrEqual(0)
          const picture = `${path.replaceAll('/', '-').replace('.html', '')}-${scheme}-${width}.png`
          await page.screenshot({ path: PICTURES + picture, fullPage: true })
          const { violations } = await page.evaluate(() =>
            (globalThis as unknown as { axe: typeof axe }).axe.run(),
          )
          const faults = violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
          expect(faults, `${scheme}, ${width} px`).toEqual([])
        }
      }
      expect(complaints).toEqual([])
      await page.close()
    },
  )
})

/** Opens pages with the apps of the interoperability and drop-in tests. */
import type { Page } from 'puppeteer-core'
import type { BrowserTest } from './browsers.js'
import { installApps } from './echo-apps.js'
import { installCalls } from './page-calls.js'

const SIMPLE_PEER = new URL('../../node_modules/simple-peer/simplepeer.min.js', import.meta.url).pathname

/** Opens a page with the globals `Calls` and `Apps`. @param apps - The script of `test/apps/index.ts`. */
export async function openAppPage(
  { open }: Pick<BrowserTest, 'open'>,
  url: string,
  apps: string,
): Promise<Page> {
  const page = await open(url)
  await page.addScriptTag({ path: SIMPLE_PEER })
  await page.evaluate(installCalls)
  await page.evaluate(installApps)
  await page.addScriptTag({ content: apps })
  return page
}

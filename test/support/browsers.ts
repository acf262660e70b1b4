import { type Browser, launch, type Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe } from 'vitest'
import { CHROMIUM_FLAGS, findProgram } from './system-packages.js'

export type BrowserName = 'chromium' | 'firefox'

export interface BrowserOptions {
  /** A camera that needs no permission. Whoever may use one is told every local address: Chromium gathers more candidates. */
  readonly camera?: boolean
}

const LAUNCH = {
  chromium: (camera: boolean) =>
    launch({
      protocolTimeout: 0, // the tests have time limits of their own
      executablePath: findProgram('chromium') ?? '',
      args: [
        ...CHROMIUM_FLAGS,
        '--allow-loopback-in-peer-connection',
        ...(camera ? ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] : []),
      ],
    }),
  firefox: (camera: boolean) =>
    launch({
      browser: 'firefox',
      protocolTimeout: 0,
      executablePath: findProgram('firefox-esr') ?? '',
      extraPrefsFirefox: {
        'media.navigator.permission.disabled': camera,
        'media.navigator.streams.fake': camera,
        'media.peerconnection.ice.loopback': true,
        'media.peerconnection.ice.obfuscate_host_addresses': false,
      },
    }),
}

export const launchBrowser = (name: BrowserName, { camera = false }: BrowserOptions = {}): Promise<Browser> =>
  LAUNCH[name](camera)

/** What a test gets for its browser. */
export interface BrowserTest {
  readonly name: BrowserName
  /** Opens a page in the browser that all tests of this file share. */
  open(url: string): Promise<Page>
}

/** Runs the same tests in a real Chromium and a real Firefox; a browser that is not here is skipped aloud. */
export function describeInBrowsers(
  title: string,
  tests: (browser: BrowserTest) => void,
  options?: BrowserOptions,
): void {
  for (const name of ['chromium', 'firefox'] as const) {
    const isHere = findProgram(name === 'chromium' ? 'chromium' : 'firefox-esr') !== undefined
    if (!isHere) console.warn(`${name} is not on this machine: its tests are skipped`)
    describe.skipIf(!isHere)(`${title} (${name})`, () => {
      let browser: Browser
      beforeAll(async () => {
        browser = await launchBrowser(name, options)
      })
      afterAll(() => browser?.close())
      tests({
        name,
        async open(url) {
          const page = await browser.newPage()
          await page.goto(url)
          return page
        },
      })
    })
  }
}

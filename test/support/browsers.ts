/** Starts Chromium and Firefox for the browser tests. */
import { type Browser, launch, type Page } from 'puppeteer-core'
import { afterAll, beforeAll, describe } from 'vitest'
import { CHROMIUM_FLAGS, findProgram, hasProgram } from './system-packages.js'

const DEBIAN_PACKAGES = { chromium: 'chromium', firefox: 'firefox-esr' } as const

export type BrowserName = keyof typeof DEBIAN_PACKAGES

export interface BrowserOptions {
  /**
   * Provides a camera that needs no permission. A page with camera permission sees every local address, so Chromium
   * gathers more candidates.
   */
  readonly camera?: boolean
}

const LAUNCH = {
  chromium: ({ camera = false }: BrowserOptions) =>
    launch({
      protocolTimeout: 0, // each test has its own timeout
      executablePath: findProgram(DEBIAN_PACKAGES.chromium) ?? '',
      args: [
        ...CHROMIUM_FLAGS,
        '--allow-loopback-in-peer-connection',
        ...(camera ? ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'] : []),
      ],
    }),
  firefox: ({ camera = false }: BrowserOptions) =>
    launch({
      browser: 'firefox',
      protocolTimeout: 0,
      executablePath: findProgram(DEBIAN_PACKAGES.firefox) ?? '',
      extraPrefsFirefox: {
        // Timers of a page behind another one: puppeteer starts Chromium without throttling.
        'dom.min_background_timeout_value': 4,
        'dom.min_background_timeout_value_without_budget_throttling': 4,
        'dom.timeout.enable_budget_timer_throttling': false,
        'media.navigator.permission.disabled': camera,
        'media.navigator.streams.fake': camera,
        'media.peerconnection.ice.loopback': true,
        'media.peerconnection.ice.obfuscate_host_addresses': false,
      },
    }),
}

export const launchBrowser = (name: BrowserName, options: BrowserOptions = {}): Promise<Browser> =>
  LAUNCH[name](options)

/** Returns whether the browser is installed. Throws with `CI=true` if it is not. */
export const hasBrowser = (name: BrowserName): boolean => hasProgram(DEBIAN_PACKAGES[name])

/** The browser of a test. */
export interface BrowserTest {
  readonly name: BrowserName
  /** Opens a page in the browser that all tests of this file share. */
  open(url: string): Promise<Page>
}

/** Runs the same tests in Chromium and in Firefox. */
export function describeInBrowsers(
  title: string,
  tests: (browser: BrowserTest) => void,
  options?: BrowserOptions,
): void {
  for (const name of ['chromium', 'firefox'] as const) {
    describe.skipIf(!hasBrowser(name))(`${title} (${name})`, () => {
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

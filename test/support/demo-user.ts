/** What a user does and sees on the first page of the demo. */
import type { Page } from 'puppeteer-core'

const WAIT = { timeout: 60_000, polling: 100 }

export type DemoUser = ReturnType<typeof createDemoUser>

export function createDemoUser(page: Page) {
  const textOf = (id: string) => page.$eval(`#${id}`, (element) => element.textContent ?? '')
  const click = (selector: string) => page.$eval(selector, (element) => (element as HTMLElement).click())
  return {
    textOf,
    /** Waits until the text of an element matches. */
    until: (id: string, pattern: RegExp) =>
      page.waitForFunction(
        (id, source) => new RegExp(source).test(document.getElementById(id)?.textContent ?? ''),
        WAIT,
        id,
        pattern.source,
      ),
    /** Waits until a number is greater than it is now. */
    async untilGreater(id: string) {
      const before = Number(await textOf(id))
      await page.waitForFunction(
        (id, before) => Number(document.getElementById(id)?.textContent) > before,
        WAIT,
        id,
        before,
      )
    },
    /** Waits until the video of a call advances. */
    untilPlaying: (id: string) =>
      page.waitForFunction(
        async (id) => {
          const video = document.querySelector<HTMLVideoElement>(`#${id} video`)
          const before = video?.currentTime ?? 0
          await new Promise((resolve) => setTimeout(resolve, 300))
          return video && video.currentTime > before
        },
        WAIT,
        id,
      ),
    click: (id: string) => click(`#${id}`),
    choose: (name: string, value: string) => click(`input[name='${name}'][value='${value}']`),
    /** Returns the position of each element that must not move, and of the first screen's lower end. */
    readLayout: () =>
      page.$$eval('#headline, #left, #right, #controls, .details, .call dl, .reason', (elements) =>
        elements.map((element) => {
          const { left, top, width, height } = element.getBoundingClientRect()
          return [element.id || element.className, left, top + scrollY, width, height].join(' ')
        }),
      ),
    /** Returns which parts of the page are not completely on the first screen. */
    findPartsBelowTheFold: () =>
      page.$$eval('#headline, #left, #right, #controls', (elements) => {
        scrollTo(0, 0)
        return elements
          .filter((element) => element.getBoundingClientRect().bottom > innerHeight)
          .map(({ id }) => id)
      }),
  }
}

/** Collects what the page writes to the console, except for responses that the user set to fail. */
export function collectConsole(page: Page): string[] {
  const messages: string[] = []
  page.on('console', (message) => {
    const isError = ['error', 'warn'].includes(message.type())
    if (isError && !/Failed to load resource/.test(message.text())) messages.push(message.text())
  })
  page.on('pageerror', (error) => messages.push(String(error)))
  return messages
}

/** Runs in the page. Resolves with the sum of layout shifts since it was opened. */
export function sumLayoutShifts(): Promise<number> {
  return new Promise((resolve) => {
    new PerformanceObserver((list) => {
      resolve(
        list.getEntries().reduce((sum, entry) => sum + (entry as unknown as { value: number }).value, 0),
      )
    }).observe({ type: 'layout-shift', buffered: true })
    setTimeout(resolve, 1000, 0) // there was no layout shift
  })
}

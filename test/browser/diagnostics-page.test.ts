import { mkdir } from 'node:fs/promises'
import type { Page } from 'puppeteer-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freeUdpPort } from '../../demo/free-udp-port.js'
import { describeInBrowsers } from '../support/browsers.js'
import { startDemo } from '../support/demo-server.js'
import { collectConsole } from '../support/demo-user.js'

const SCREENSHOTS = new URL('../.results/', import.meta.url).pathname

let server: Awaited<ReturnType<typeof startDemo>>
let closedPort: number
beforeAll(async () => {
  await mkdir(SCREENSHOTS, { recursive: true })
  server = await startDemo('diagnostics')
  closedPort = await freeUdpPort()
})
afterAll(() => server?.stop())

describeInBrowsers('the page that tests ICE servers', ({ name, open }) => {
  let page: Page
  let consoleMessages: string[]
  beforeAll(async () => {
    page = await open('about:blank')
    consoleMessages = collectConsole(page)
    await page.goto(`${server.url}diagnostics.html`)
  })
  const click = (id: string) => page.$eval(`#${id}`, (element) => (element as HTMLElement).click())
  const textOf = (id: string) => page.$eval(`#${id}`, (element) => element.textContent ?? '')
  const paste = (text: string) =>
    page.$eval(
      '#configuration',
      (element, text) => {
        ;(element as HTMLTextAreaElement).value = text
      },
      text,
    )
  /** Returns the texts of each card: URL, verdict, message, details. */
  const readCards = () =>
    page.$$eval('#results li', (cards) =>
      cards.map((card) => [...card.children].map((child) => child.textContent)),
    )
  const untilDone = () =>
    page.waitForFunction(
      () => {
        const [done, total] = (document.getElementById('progress')?.textContent ?? '').split(' of ')
        return Number(total) > 0 && done === total
      },
      { timeout: 60_000, polling: 100 },
    )

  it('reports a working server of the endpoint', async () => {
    await click('test-endpoint')
    await untilDone()
    const matching = (pattern: RegExp) => expect.stringMatching(pattern)
    expect(await readCards()).toEqual([
      [
        matching(/^turn:127/),
        'ok',
        matching(/relay candidate/),
        matching(/^relay IPv4 candidate · round trip .* ms$/),
      ],
    ])
  })

  it('reports errors in a pasted configuration as cards that fit a phone', async () => {
    const { iceServers } = await (await fetch(`${server.url}api/ice-servers`)).json()
    const pasted = [
      { ...iceServers[0], credential: 'another' },
      { urls: [`turn:127.0.0.1:${closedPort}?transport=tcp`], username: 'u', credential: 'c' },
      { urls: 'turn:127.0.0.1:0', username: 'u', credential: 'c' },
    ]
    await paste(JSON.stringify({ iceServers: pasted }))
    await click('test')
    await untilDone()
    const cards = await readCards()
    expect(cards.map(([, verdict]) => verdict)).toEqual(['rejected', 'unreachable', 'invalid'])
    expect(JSON.stringify(cards)).not.toMatch(/port 53/)
    for (const width of [1280, 390]) {
      await page.setViewport({ width, height: 844 })
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
      await page.screenshot({ path: `${SCREENSHOTS}diagnostics-${name}-${width}.png`, fullPage: true })
    }
  })

  it.each([
    ['', /box is empty/],
    ['{ "iceServers": ', /not JSON/],
    ['{"a":1}', /contains no ICE servers/],
  ])('shows no result of an earlier test beside an error: %s', async (text, message) => {
    await click('test-endpoint')
    await untilDone()
    await paste(text)
    await click('test')
    await page.waitForFunction(() => document.getElementById('error')?.textContent)
    expect(await textOf('error')).toMatch(message)
    expect(await readCards()).toEqual([])
    expect(await textOf('progress')).toBe('no results')
  })

  it('marks what was not tested after Stop', async () => {
    await paste(JSON.stringify([{ urls: `turn:192.0.2.1:${closedPort}`, username: 'u', credential: 'c' }]))
    await click('test')
    await page.waitForFunction(() => !document.querySelector<HTMLButtonElement>('#stop')?.disabled)
    await click('stop')
    expect(await readCards()).toMatchObject([[expect.any(String), 'stopped', '', '']])
    expect(await textOf('progress')).toBe('stopped after 0 of 1')
    expect(await textOf('error')).toBe('')
  })

  it('writes nothing to the console', () => {
    expect(consoleMessages).toEqual([])
  })
})

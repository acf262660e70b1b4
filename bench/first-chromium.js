import { launch } from 'puppeteer-core'
import { CHROMIUM_FLAGS, findProgram } from '../test/support/system-packages.js'

/** In the page: times the tasks there. */
async function timeInPage(settings) {
  const [{ timeInTurn }, { createTasks }, { ky }] = await Promise.all(
    ['/rounds.js', '/first-tasks.js', '/ky.js'].map((path) => import(path)),
  )
  const tasks = createTasks({ ...globalThis.TurnKeeper, ky }, '/api/ice-servers')
  await timeInTurn(tasks, { rounds: 1, callsPerRound: settings.warmUpCalls })
  return timeInTurn(tasks, settings)
}

/** In the page: times one task that is the first thing that it does. */
async function timeOnce(name) {
  const { createTasks } = await import('/first-tasks.js')
  const task = createTasks(globalThis.TurnKeeper, '/api/ice-servers')[name]
  const startedAt = performance.now()
  await task()
  return performance.now() - startedAt
}

/**
 * Opens Chromium; nothing if it is not on this machine.
 *
 * @param {string} url - Of the page.
 */
export async function openChromium(url) {
  const executablePath = findProgram('chromium')
  if (!executablePath) return undefined
  const browser = await launch({ executablePath, args: CHROMIUM_FLAGS, protocolTimeout: 0 })
  const page = await browser.newPage()
  const run = async (work, argument) => {
    await page.goto(url)
    return page.evaluate(work, argument)
  }
  return {
    version: (await browser.version()).replace(/^\D+/, ''),
    timeInPage: (settings) => run(timeInPage, settings),
    timeOnce: (name) => run(timeOnce, name),
    close: () => browser.close(),
  }
}

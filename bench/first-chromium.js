/** Times the tasks of the first configuration in Chromium. */
import { launch } from 'puppeteer-core'
import { CHROMIUM_FLAGS, findProgram } from '../test/support/system-packages.js'

/** Runs in the page: times the tasks alternately. */
async function timeInPage(settings) {
  const [{ timeAlternately }, { createTasks }, { ky }] = await Promise.all(
    ['/rounds.js', '/first-tasks.js', '/ky.js'].map((path) => import(path)),
  )
  const tasks = createTasks({ ...globalThis.TurnKeeper, ky }, '/api/ice-servers')
  await timeAlternately(tasks, { rounds: 1, callsPerRound: settings.warmUpCalls })
  return timeAlternately(tasks, settings)
}

/** Runs in a new page: times one task, which is the first that the page runs. */
async function timeOnce({ name, path }) {
  const [{ createTasks }, { ky }] = await Promise.all(
    ['/first-tasks.js', '/ky.js'].map((path) => import(path)),
  )
  const task = createTasks({ ...globalThis.TurnKeeper, ky }, path)[name]
  const startedAt = performance.now()
  await task()
  return performance.now() - startedAt
}

/**
 * Opens Chromium. Resolves with `undefined` if it is not installed.
 *
 * @param {string} url - The page to open.
 */
export async function openChromium(url) {
  const executablePath = findProgram('chromium')
  if (!executablePath) return undefined
  const browser = await launch({ executablePath, args: CHROMIUM_FLAGS, protocolTimeout: 0 })
  const page = await browser.newPage()
  const run = async (task, argument) => {
    await page.goto(url)
    return page.evaluate(task, argument)
  }
  return {
    version: (await browser.version()).replace(/^\D+/, ''),
    timeInPage: (settings) => run(timeInPage, settings),
    timeOnce: (name, path) => run(timeOnce, { name, path }),
    close: () => browser.close(),
  }
}

/** Prints how many tests passed and failed, summed over the JSON reports whose paths are its arguments. */
import { existsSync, readFileSync } from 'node:fs'

/** Returns the report; if the run did not write one, a report of one failed test. */
function readReport(path) {
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'))
  console.error(`${path} is missing: the run ended before its tests`)
  return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, testResults: [] }
}

const reports = process.argv.slice(2).map(readReport)
const sum = (count) => reports.reduce((total, report) => total + count(report), 0)

/** Files that failed without a failed test, for example while they were imported. Each counts as one failed test. */
const countFailedFiles = ({ testResults }) =>
  testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((result) => result.status === 'failed'),
  ).length

const passed = sum((report) => report.numPassedTests)
const failed = sum((report) => report.numFailedTests + countFailedFiles(report))
const skipped = sum((report) => report.numPendingTests)
const counts = [`${passed} passed`, `${failed} failed`]
if (skipped > 0) counts.push(`${skipped} skipped`)
process.stdout.write(`${counts.join(', ')}\n`)
if (failed > 0) process.exitCode = 1

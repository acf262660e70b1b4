/** The page that tests ICE servers: pasted ones, or those of the demo's endpoint. */
import {
  IceServerProvider,
  type IceServerReport,
  type RTCIceServer,
  readIceConfiguration,
  testIceServers,
} from 'turnkeeper'
import { element, showText } from './view.js'

const provider = new IceServerProvider('/api/ice-servers')
const configuration = element<HTMLTextAreaElement>('#configuration')
let controller = new AbortController()

/**
 * Reads a configuration in any format that the library supports. A list of servers is passed on without validation,
 * because the test reports what is invalid.
 */
function readPasted(): RTCIceServer[] {
  const body = JSON.parse(configuration.value)
  const list = [body?.iceServers ?? body].flat()
  const isServerList = list.every((server) => server?.urls !== undefined)
  return isServerList
    ? list
    : readIceConfiguration(body, { urlFilter: [], invalidServers: 'reject' }).iceServers
}

/** Runs a test. A test that is still running is aborted. */
async function test(readServers: () => RTCIceServer[] | Promise<RTCIceServer[]>): Promise<void> {
  controller.abort()
  controller = new AbortController()
  const { signal } = controller
  const stop = element<HTMLButtonElement>('#stop')
  showText('error', '')
  try {
    const iceServers = await readServers()
    const rows = showPendingRows(iceServers.flatMap(({ urls }) => urls))
    stop.disabled = false
    let doneCount = 0
    await testIceServers(iceServers, {
      signal,
      onProgress(report, index) {
        showText('progress', `${++doneCount} of ${rows.length}`)
        showReport(rows[index], report)
      },
    })
  } catch (error) {
    if (!signal.aborted) showText('error', error instanceof Error ? error.message : String(error))
  }
  if (signal === controller.signal) stop.disabled = true
}

function showPendingRows(urls: readonly string[]): HTMLTableRowElement[] {
  const rows = urls.map((url) => {
    const row = document.createElement('tr')
    row.append(...[url, 'testing …', '', '', '', ''].map(createCell))
    return row
  })
  showText('progress', `0 of ${rows.length}`)
  element('#results').replaceChildren(...rows)
  return rows
}

function showReport(row: HTMLTableRowElement | undefined, report: IceServerReport): void {
  if (!row) return
  const { url, verdict, message, errorCode, candidateType, addressFamily, roundTripMs } = report
  const roundTrip = roundTripMs === undefined ? '' : `${roundTripMs.toFixed(1)} ms`
  const candidate = [candidateType, addressFamily].filter(Boolean).join(' ')
  const texts = [url, verdict, message, String(errorCode ?? ''), candidate, roundTrip]
  row.replaceChildren(...texts.map(createCell))
  row.dataset.verdict = verdict
}

function createCell(text: string): HTMLTableCellElement {
  return Object.assign(document.createElement('td'), { textContent: text })
}

element('#test').addEventListener('click', () => test(readPasted))
element('#test-endpoint').addEventListener('click', () => test(() => provider.getIceServers()))
element('#stop').addEventListener('click', () => {
  controller.abort()
  showText('progress', 'stopped')
})

import {
  IceServerProvider,
  type IceServerReport,
  type RTCIceServer,
  readIceConfiguration,
  testIceServers,
} from 'turnkeeper'
import { element, show } from './view.js'

const provider = new IceServerProvider('/api/ice-servers')
const configuration = element<HTMLTextAreaElement>('#configuration')
let running = new AbortController()

/** Reads a configuration in any shape that the library knows; a list of servers as it is, for the test finds its faults. */
function readPasted(): RTCIceServer[] {
  const body = JSON.parse(configuration.value)
  const list = [body?.iceServers ?? body].flat()
  const isList = list.every((server) => server?.urls !== undefined)
  return isList ? list : readIceConfiguration(body, { urlFilter: [] }).iceServers
}

async function test(find: () => RTCIceServer[] | Promise<RTCIceServer[]>): Promise<void> {
  running.abort()
  running = new AbortController()
  const { signal } = running
  const stop = element<HTMLButtonElement>('#stop')
  show('fault', '')
  try {
    const iceServers = await find()
    const rows = showWaiting(iceServers.flatMap(({ urls }) => urls))
    stop.disabled = false
    let done = 0
    await testIceServers(iceServers, {
      signal,
      onProgress(report, index) {
        show('progress', `${++done} of ${rows.length}`)
        fill(rows[index], report)
      },
    })
  } catch (error) {
    if (!signal.aborted) show('fault', error instanceof Error ? error.message : String(error))
  }
  if (signal === running.signal) stop.disabled = true
}

function showWaiting(urls: readonly string[]): HTMLTableRowElement[] {
  const rows = urls.map((url) => {
    const row = document.createElement('tr')
    row.append(...[url, 'testing …', '', '', '', ''].map(cell))
    return row
  })
  show('progress', `0 of ${rows.length}`)
  element('#results').replaceChildren(...rows)
  return rows
}

function fill(row: HTMLTableRowElement | undefined, report: IceServerReport): void {
  const { url, verdict, message, errorCode, candidateType, addressFamily, roundTripMs } = report
  const trip = roundTripMs === undefined ? '' : `${roundTripMs.toFixed(1)} ms`
  const candidate = [candidateType, addressFamily].filter(Boolean).join(' ')
  row?.replaceChildren(...[url, verdict, message, String(errorCode ?? ''), candidate, trip].map(cell))
  if (row) row.dataset.verdict = verdict
}

function cell(text: string): HTMLTableCellElement {
  return Object.assign(document.createElement('td'), { textContent: text })
}

element('#test').addEventListener('click', () => test(readPasted))
element('#test-endpoint').addEventListener('click', () => test(() => provider.getIceServers()))
element('#stop').addEventListener('click', () => {
  running.abort()
  show('progress', 'stopped')
})

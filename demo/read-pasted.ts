/** Reads the configuration that a user pasted into the page that tests ICE servers. */
import { isIceServerError, type RTCIceServer, readIceConfiguration } from 'turnkeeper'

const NO_SERVERS =
  'This JSON contains no ICE servers. Paste an array of servers with "urls", or an object with "iceServers".'

/**
 * Returns the servers of a text in any format that the library supports. A list of servers is returned without validation,
 * because the test reports what is invalid.
 *
 * @throws Error with what to correct in the text.
 */
export function readPasted(text: string): RTCIceServer[] {
  if (!text.trim()) throw new Error('The box is empty: paste a configuration first.')
  const body = parseJson(text)
  const list = [body?.iceServers ?? body].flat()
  if (list.length === 0) throw new Error(NO_SERVERS)
  if (list.every((server) => server?.urls !== undefined)) return list
  try {
    return readIceConfiguration(body, { urlFilter: [], invalidServers: 'reject' }).iceServers
  } catch (error) {
    throw isIceServerError(error) && error.code === 'ERR_RESPONSE' ? new Error(NO_SERVERS) : error
  }
}

/** The message of the browser is not shown: it can contain a part of the text, and so a credential. */
function parseJson(text: string) {
  try {
    return JSON.parse(text)
  } catch (error) {
    const [, line, column] = /line (\d+) column (\d+)/.exec((error as Error).message) ?? []
    const place = line ? ` Line ${line}, column ${column}:` : ''
    throw new Error(
      `This is not JSON.${place} keys and strings need double quotes, and nothing may follow the last entry.`,
    )
  }
}

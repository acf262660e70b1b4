/** Runs in Node and in a page alike, so it imports nothing. */

export const FLOOR = 'await (await fetch(url)).json()'
export const OWN = 'await provider.getIceServers()'
export const READ = 'fetch, then readIceConfiguration'
export const PROVIDER = 'a provider whose endpoint is the floor'

/**
 * The floor, a new provider's first configuration, and what lies between them, each by itself.
 *
 * @param {{ IceServerProvider: Function, readIceConfiguration: Function, ky: Function }} library
 * @param {string} url
 * @returns {Record<string, () => Promise<unknown>>}
 */
export function createTasks({ IceServerProvider, readIceConfiguration, ky }, url) {
  const fetchJson = async () => (await fetch(url)).json()
  return {
    [FLOOR]: fetchJson,
    [OWN]: () => new IceServerProvider(url).getIceServers(),
    'fetch, with the options of a provider': async () => (await fetch(url, requestOptions())).json(),
    'fetch, the body read in bounded pieces': async () => JSON.parse(await decode(await readPieces(url))),
    'the same by way of a Blob': async () => JSON.parse(await new Blob(await readPieces(url)).text()),
    [READ]: async () => readIceConfiguration(await fetchJson()),
    'ky, with the options of a provider': async () => (await ky(url, kyOptions())).json(),
    [PROVIDER]: () => new IceServerProvider(fetchJson).getIceServers(),
  }
}

function requestOptions() {
  const { signal } = new AbortController()
  return { headers: { accept: 'application/json' }, cache: 'no-store', credentials: 'same-origin', signal }
}

function kyOptions() {
  const retry = { limit: 2, delay: () => 1000 }
  return { ...requestOptions(), timeout: false, throwHttpErrors: false, retry }
}

async function readPieces(url) {
  const response = await fetch(url)
  const reader = response.body.getReader()
  const pieces = []
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return pieces
    pieces.push(value)
  }
}

function decode(pieces) {
  const decoder = new TextDecoder()
  return pieces.map((piece) => decoder.decode(piece, { stream: true })).join('') + decoder.decode()
}

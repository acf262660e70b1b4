/** The tasks of the first configuration. Without imports, because it runs in Node and in a page. */

export const BASELINE = 'await (await fetch(url)).json()'
export const OWN = 'await provider.getIceServers()'
export const READ = 'fetch, then readIceConfiguration'
export const KY = 'ky with the options of a provider'
export const PROVIDER = 'provider with the baseline as its endpoint function'

/**
 * Returns the baseline, the first configuration of a new provider, and each of its parts alone.
 *
 * @param {{ IceServerProvider: Function, readIceConfiguration: Function, ky: Function }} library
 * @param {string} url
 * @returns {Record<string, () => Promise<unknown>>}
 */
export function createTasks({ IceServerProvider, readIceConfiguration, ky }, url) {
  const fetchJson = async () => (await fetch(url)).json()
  return {
    [BASELINE]: fetchJson,
    [OWN]: () => new IceServerProvider(url).getIceServers(),
    'fetch with the options of a provider': async () => (await fetch(url, requestOptions())).json(),
    'fetch, body read in chunks': async () => JSON.parse(await decode(await readChunks(url))),
    'fetch, body read in chunks, through a Blob': async () =>
      JSON.parse(await new Blob(await readChunks(url)).text()),
    [READ]: async () => readIceConfiguration(await fetchJson()),
    [KY]: async () => (await ky(url, kyOptions())).json(),
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

async function readChunks(url) {
  const response = await fetch(url)
  const reader = response.body.getReader()
  const chunks = []
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return chunks
    chunks.push(value)
  }
}

function decode(chunks) {
  const decoder = new TextDecoder()
  return chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join('') + decoder.decode()
}

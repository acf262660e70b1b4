/** How long the provider takes to return a cached configuration, compared with other caches. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { QueryClient } from '@tanstack/query-core'
import ExpiryMap from 'expiry-map'
import { createRemoteJWKSet, exportJWK, generateKeyPair } from 'jose'
import pMemoize from 'p-memoize'
import { IceServerProvider } from 'turnkeeper'
import { ratioCells, versionOf } from './report.js'
import { CLOUDFLARE_RESPONSE } from './responses.js'
import { compareRounds } from './rounds.js'
import { sampleAlternately } from './sampling.js'
import { HOUR } from './time.js'

const BASELINE = 'await Promise.resolve(x)'
const OWN = 'await provider.getIceServers()'
const PACKAGES = ['jose', 'p-memoize', 'expiry-map', '@tanstack/query-core', 'mitata']

/** Resolves with the tasks. Each has run once, so that its cache is filled. */
async function createTasks(keySetUrl) {
  const provider = new IceServerProvider(() => CLOUDFLARE_RESPONSE)
  const findKey = createRemoteJWKSet(keySetUrl)
  const header = { alg: 'ES256', kid: 'a-key' }
  const memoized = pMemoize(async () => CLOUDFLARE_RESPONSE, { cache: new ExpiryMap(HOUR) })
  const client = new QueryClient()
  const query = { queryKey: ['ice-servers'], queryFn: async () => CLOUDFLARE_RESPONSE, staleTime: HOUR }
  const tasks = {
    [BASELINE]: () => Promise.resolve(CLOUDFLARE_RESPONSE),
    'provider.current': () => provider.current,
    [OWN]: () => provider.getIceServers(),
    'p-memoize with ExpiryMap': () => memoized(),
    'query-core, ensureQueryData': () => client.ensureQueryData(query),
    'jose, createRemoteJWKSet': () => findKey(header),
  }
  for (const task of Object.values(tasks)) await task()
  return tasks
}

async function startKeyServer() {
  const { publicKey } = await generateKeyPair('ES256')
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'a-key', alg: 'ES256', use: 'sig' }]
  const respond = (_request, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }))
  const server = createServer(respond).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: new URL(`http://127.0.0.1:${server.address().port}/`),
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

export async function measure() {
  const server = await startKeyServer()
  try {
    const samples = await sampleAlternately(await createTasks(server.url))
    const to = (name) => (base) => ratioCells(compareRounds(samples[name], samples[base]))
    const others = Object.keys(samples).filter((name) => !['provider.current', OWN].includes(name))
    return {
      tables: [
        {
          caption: 'Time per call, relative to the baseline:',
          rows: Object.keys(samples).map((name) => ({ call: name, ...to(name)(BASELINE) })),
        },
        {
          caption: `Time of \`${OWN}\`, relative to each alternative:`,
          rows: others.map((name) => ({ 'compared with': name, ...to(OWN)(name) })),
        },
      ],
      versions: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
    }
  } finally {
    server.stop()
  }
}

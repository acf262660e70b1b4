import { once } from 'node:events'
import { createServer } from 'node:http'
import { QueryClient } from '@tanstack/query-core'
import ExpiryMap from 'expiry-map'
import { createRemoteJWKSet, exportJWK, generateKeyPair } from 'jose'
import pMemoize from 'p-memoize'
import { IceServerProvider } from 'turnkeeper'
import { ratioCells, versionOf } from './report.js'
import { CLOUDFLARE_ANSWER } from './responses.js'
import { compareRounds } from './rounds.js'
import { sampleInTurn } from './sampling.js'

const FLOOR = 'await Promise.resolve(x)'
const OWN = 'await provider.getIceServers()'
const PACKAGES = ['jose', 'p-memoize', 'expiry-map', '@tanstack/query-core', 'mitata']
const HOUR_MS = 3_600_000

/** Each task has fetched once before, and finds in its cache what it gives. */
async function createTasks(keySetUrl) {
  const provider = new IceServerProvider(() => CLOUDFLARE_ANSWER)
  const findKey = createRemoteJWKSet(keySetUrl)
  const header = { alg: 'ES256', kid: 'a-key' }
  const memoized = pMemoize(async () => CLOUDFLARE_ANSWER, { cache: new ExpiryMap(HOUR_MS) })
  const client = new QueryClient()
  const query = { queryKey: ['ice-servers'], queryFn: async () => CLOUDFLARE_ANSWER, staleTime: HOUR_MS }
  const tasks = {
    [FLOOR]: () => Promise.resolve(CLOUDFLARE_ANSWER),
    'provider.current': () => provider.current,
    [OWN]: () => provider.getIceServers(),
    'p-memoize, with an ExpiryMap': () => memoized(),
    'query-core, ensureQueryData': () => client.ensureQueryData(query),
    'jose, createRemoteJWKSet': () => findKey(header),
  }
  for (const task of Object.values(tasks)) await task()
  return tasks
}

async function startKeyServer() {
  const { publicKey } = await generateKeyPair('ES256')
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'a-key', alg: 'ES256', use: 'sig' }]
  const answer = (_request, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys }))
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: new URL(`http://127.0.0.1:${server.address().port}/`),
    stop() {
      server.close()
      server.closeAllConnections()
    },
  }
}

/** What the provider takes from its cache, beside others that cache something that is fetched and expires. */
export async function measure() {
  const server = await startKeyServer()
  try {
    const samples = await sampleInTurn(await createTasks(server.url))
    const to = (name) => (base) => ratioCells(compareRounds(samples[name], samples[base]))
    const others = Object.keys(samples).filter((name) => !['provider.current', OWN].includes(name))
    return {
      tables: [
        {
          caption: 'Time of a call, as a ratio to the floor:',
          rows: Object.keys(samples).map((name) => ({ call: name, ...to(name)(FLOOR) })),
        },
        {
          caption: `Time of \`${OWN}\`, as a ratio to each other:`,
          rows: others.map((name) => ({ 'compared with': name, ...to(OWN)(name) })),
        },
      ],
      versions: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
    }
  } finally {
    server.stop()
  }
}

/**
 * Checks the built package in any runtime: the handler issues credentials over HTTP, and the provider fetches them,
 * refreshes by itself and lets the process exit. Uses only `node:` modules, which Bun and Deno provide as well.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { IceServerProvider } from 'turnkeeper'
import { createIceServersHandler, createTurnRestCredentials } from 'turnkeeper/server'

const REFRESHES = 3

const handler = createIceServersHandler({
  source: createTurnRestCredentials({
    secret: 'a secret',
    urls: ['stun:t.org', 'turn:t.org:53', 'turn:t.org'],
  }),
  authorize: (request) => request.headers.get('authorization') === 'Bearer token' && 'user',
  ttl: 2,
})

const server = createServer(async ({ method, url, headers }, nodeResponse) => {
  const response = await handler(new Request(`http://${headers.host}${url}`, { method, headers }))
  nodeResponse.writeHead(response.status, Object.fromEntries(response.headers)).end(await response.text())
})
await once(server.listen(0, '127.0.0.1'), 'listening')
const endpoint = `http://127.0.0.1:${server.address().port}/`

const denied = new IceServerProvider(endpoint)
await assert.rejects(denied.getIceServers(), { name: 'IceServerError', code: 'ERR_DENIED', status: 401 })
denied.close()

const provider = new IceServerProvider(endpoint, { headers: { authorization: 'Bearer token' } })
const usernames = new Set()
const refreshed = new Promise((resolve) => {
  provider.on('update', ({ iceServers }) => {
    usernames.add(iceServers[0].username)
    if (usernames.size > REFRESHES) resolve()
  })
})
const [iceServer] = await provider.getIceServers()
assert.deepEqual(iceServer.urls, ['stun:t.org', 'turn:t.org'])
assert.match(iceServer.username, /^\d{10}:user$/)
await refreshed
assert.equal(provider.state, 'fresh')
provider.close()
server.close()
server.closeAllConnections?.()
console.log(`the package works: ${usernames.size} credentials`)

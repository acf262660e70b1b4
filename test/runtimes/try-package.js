import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { IceServerProvider } from 'turnkeeper'
import { createIceServersHandler, createTurnRestCredentials } from 'turnkeeper/server'

/**
 * What the built package has to do in any runtime: the handler signs and answers, over HTTP; the provider fetches,
 * refreshes by itself, tells, and ends so that the process does. Only `node:` modules, which Bun and Deno have too.
 */
const REFRESHES = 3

const handler = createIceServersHandler({
  source: createTurnRestCredentials({
    secret: 'a secret',
    urls: ['stun:t.org', 'turn:t.org:53', 'turn:t.org'],
  }),
  authorize: (request) => request.headers.get('authorization') === 'Bearer token' && 'user',
  ttl: 2,
})

const server = createServer(async ({ method, url, headers }, response) => {
  const answer = await handler(new Request(`http://${headers.host}${url}`, { method, headers }))
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
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

/** A child process that serves one of the compared fetch handlers on 127.0.0.1: `node handler-server.js <name>`. */
import { createHmac } from 'node:crypto'
import { serve } from '@hono/node-server'
import { createIceServersHandler, createTurnRestCredentials } from 'turnkeeper/server'

const HANDLERS = {
  handler: createRealHandler,
  constant: createConstantHandler,
  signature: createSigningHandler,
  nodeSignature: createNodeSigningHandler,
}

function createRealHandler() {
  return createIceServersHandler({
    source: createTurnRestCredentials({
      secret: 'a-secret-of-the-bench',
      urls: ['stun:stun.example.org', 'turn:turn.example.org', 'turns:turn.example.org:443?transport=tcp'],
    }),
    authorize: () => 'user',
  })
}

/** Repeats one response of the real handler, so that both send the same number of bytes. */
async function createConstantHandler() {
  const response = await createRealHandler()(new Request('http://127.0.0.1/'))
  const headers = Object.fromEntries(response.headers)
  const text = await response.text()
  return () => new Response(text, { headers })
}

/** Creates one WebCrypto signature, then the constant response. */
async function createSigningHandler() {
  const respondConstant = await createConstantHandler()
  const key = await crypto.subtle.importKey('raw', Buffer.from('x'), { name: 'HMAC', hash: 'SHA-1' }, false, [
    'sign',
  ])
  return async () => {
    await crypto.subtle.sign('HMAC', key, Buffer.from('1795485600:user'))
    return respondConstant()
  }
}

/** Creates one signature with `node:crypto`, then the constant response. A handler that signs every response cannot be faster. */
async function createNodeSigningHandler() {
  const respondConstant = await createConstantHandler()
  return async () => {
    createHmac('sha1', 'x').update('1795485600:user').digest('base64')
    return respondConstant()
  }
}

// Otherwise a killed parent would leave this process running.
process.once('disconnect', () => process.exit())

/** Every message of the parent requests the usage. */
process.on('message', () => {
  globalThis.gc()
  const { user, system } = process.cpuUsage()
  process.send({ heapUsed: process.memoryUsage().heapUsed, cpuMicroseconds: user + system })
})

const [, , name] = process.argv
const fetch = await HANDLERS[name]()
serve({ fetch, hostname: '127.0.0.1', port: 0 }, ({ port }) => process.send({ port }))

/** Checks of single URLs against the embedded TURN server, and against servers that misbehave. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { freeUdpPort } from '../../demo/free-udp-port.js'
import { checkUrl } from '../../src/cli/check/check-url.js'
import { ATTRIBUTE, type StunMethod } from '../../src/cli/stun/message.js'
import { type IceUrl, parseIceUrl } from '../../src/index.js'
import { startEmbeddedTurn } from '../support/embedded-turn.js'
import { encodeResponse, errorCode } from '../support/stun-messages.js'
import { wait } from '../support/wait.js'

const stops: (() => unknown)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

function urlOf(text: string): IceUrl {
  const parsed = parseIceUrl(text)
  if (!parsed.ok) throw new Error(parsed.reason)
  return parsed.url
}

function check(text: string, parts: Partial<Parameters<typeof checkUrl>[1]> = {}) {
  const credentials = { username: 'user', credential: 'secret' }
  return checkUrl(urlOf(text), {
    credentials,
    timeoutMs: 2000,
    signal: new AbortController().signal,
    ...parts,
  })
}

async function startTurn(options: Parameters<typeof startEmbeddedTurn>[0] = {}) {
  const turn = await startEmbeddedTurn(options)
  stops.push(turn.stop)
  return turn
}

const credentialsOf = (issued: { iceServers: { username?: string; credential?: string }[] }) => {
  const { username = '', credential = '' } = issued.iceServers[0] ?? {}
  return { username, credential }
}

/** Starts a UDP server that responds to each request with the packets that the function returns. */
async function startUdp(respond: (request: Buffer, count: number) => readonly (Buffer | string)[]) {
  const socket: Socket = createSocket('udp4')
  let count = 0
  socket.on('message', (request, { port, address }) => {
    for (const packet of respond(request, ++count)) socket.send(packet, port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  stops.push(() => socket.close())
  return { url: `127.0.0.1:${socket.address().port}`, requestCount: () => count }
}

const idOf = (request: Buffer) => request.subarray(8, 20)
const methodOf = (request: Buffer): StunMethod => (request.readUInt16BE(0) === 1 ? 'binding' : 'allocate')
const reject = (request: Buffer, code: number, ...others: [number, Buffer][]) =>
  encodeResponse(methodOf(request), [errorCode(code), ...others], {
    isError: true,
    transactionId: idOf(request),
  })
const CHALLENGE: [number, Buffer][] = [
  [ATTRIBUTE.realm, Buffer.from('realm')],
  [ATTRIBUTE.nonce, Buffer.from('nonce')],
]

describe('checkUrl', () => {
  it('allocates on a TURN server, and reports the relayed address and the lifetime of the allocation', async () => {
    const turn = await startTurn()
    const credentials = credentialsOf(await turn.issueCredentials(600))
    const report = await check(turn.urls[0] ?? '', { credentials })
    expect(report).toMatchObject({ verdict: 'usable', addressFamily: 'IPv4', lifetimeSeconds: 600 })
    expect(report.relayedAddress).toMatch(/^127\.0\.0\.1:\d+$/)
    expect(report.message).toBe(`relays at ${report.relayedAddress} (IPv4) for 600 s`)
    expect(report.steps.map(({ name }) => name)).toEqual(expect.arrayContaining(['connect', 'allocate']))
  })

  it('reports a wrong credential with its STUN error code', async () => {
    const turn = await startTurn()
    const { username } = credentialsOf(await turn.issueCredentials(600))
    const report = await check(turn.urls[0] ?? '', { credentials: { username, credential: 'wrong' } })
    expect(report).toMatchObject({ verdict: 'rejected', stunCode: 401 })
    expect(report.message).toContain('the credentials are wrong or expired')
    expect(JSON.stringify(report)).not.toContain(username)
  })

  it('reports the address of this device for a STUN URL, and needs no credentials', async () => {
    const turn = await startTurn()
    const url = (turn.urls[0] ?? '').replace('turn:', 'stun:').replace(/\?.*/, '')
    const report = await check(url, { credentials: undefined })
    expect(report).toMatchObject({ verdict: 'usable', addressFamily: 'IPv4' })
    expect(report.mappedAddress).toMatch(/^127\.0\.0\.1:\d+$/)
  })

  it('reports a server that never responds after the time limit', async () => {
    const { url, requestCount } = await startUdp(() => [])
    const report = await check(`turn:${url}`, { timeoutMs: 700 })
    expect(report).toMatchObject({ verdict: 'timeout' })
    expect(report.message).toContain('no response within 700 ms')
    expect(requestCount()).toBe(4) // two requests, each with one retransmission
  })

  it.each(['udp', 'tcp'])('reports a closed port (%s)', async (transport) => {
    const port = await freeUdpPort()
    const report = await check(`turn:127.0.0.1:${port}?transport=${transport}`)
    expect(report).toMatchObject({ verdict: 'unreachable', message: 'the port is closed' })
  })

  it('reports an unknown host name', async () => {
    const report = await check('turn:unknown.invalid')
    expect(report.verdict).toBe('unreachable')
    expect(report.message).toMatch(/host name is unknown|name server did not respond/)
  })

  it('does not check DTLS', async () => {
    expect(await check('turns:turn.invalid?transport=udp')).toMatchObject({
      verdict: 'unsupported',
      steps: [],
    })
  })

  it('ignores packets that are not the response, and uses the response after them', async () => {
    const { url } = await startUdp((request) => [
      'not a STUN message',
      Buffer.alloc(20),
      encodeResponse('binding', [], {}),
      request,
      reject(request, 403).subarray(0, 22),
      reject(request, 403),
    ])
    expect(await check(`turn:${url}`)).toMatchObject({ verdict: 'rejected', stunCode: 403 })
  })

  it('does not send credentials without end to a server that rejects every nonce', async () => {
    let allocateCount = 0
    const { url } = await startUdp((request) => {
      if (methodOf(request) === 'binding') return []
      return [reject(request, ++allocateCount === 1 ? 401 : 438, ...CHALLENGE)]
    })
    expect(await check(`turn:${url}`)).toMatchObject({ verdict: 'rejected', stunCode: 438 })
    expect(allocateCount).toBe(4)
  })

  it('reports a server that responds 401 without a realm', async () => {
    const { url } = await startUdp((request) => [reject(request, 401)])
    expect(await check(`turn:${url}`)).toMatchObject({ verdict: 'rejected', stunCode: 401 })
  })

  it('reports a success response that is not signed, because browsers ignore it', async () => {
    const { url } = await startUdp((request) =>
      request.includes('user')
        ? [encodeResponse('allocate', [], { transactionId: idOf(request) })]
        : [reject(request, 401, ...CHALLENGE)],
    )
    const report = await check(`turn:${url}`)
    expect(report).toMatchObject({ verdict: 'failed' })
    expect(report.message).toContain('no valid MESSAGE-INTEGRITY')
  })

  it('reports a success response without an address', async () => {
    const { url } = await startUdp((request) => [
      encodeResponse(methodOf(request), [], { transactionId: idOf(request) }),
    ])
    expect(await check(`stun:${url}`)).toMatchObject({
      verdict: 'failed',
      message: 'the response contains no address',
    })
  })

  it('follows a redirection to another server once', async () => {
    const turn = await startTurn()
    const credentials = credentialsOf(await turn.issueCredentials(600))
    const port = urlOf(turn.urls[0] ?? '').port
    const alternate = Buffer.from([0, 1, port >> 8, port & 0xff, 127, 0, 0, 1])
    const redirecting = await startUdp((request) => [
      reject(request, 300, [ATTRIBUTE.alternateServer, alternate]),
    ])
    expect(await check(`turn:${redirecting.url}`, { credentials })).toMatchObject({ verdict: 'usable' })

    const ownPort = Number(redirecting.url.split(':')[1])
    const itself = Buffer.from([0, 1, ownPort >> 8, ownPort & 0xff, 127, 0, 0, 1])
    const circular = await startUdp((request) => [reject(request, 300, [ATTRIBUTE.alternateServer, itself])])
    expect(await check(`turn:${circular.url}`, { credentials })).toMatchObject({
      verdict: 'rejected',
      stunCode: 300,
    })
  })

  it.each([
    ['closes the connection', 'turn', '', 'the server closed the connection'],
    ['speaks another protocol', 'turn', '\xff\xfe'.repeat(20), 'something other than STUN'],
    ['does not support TLS', 'turns', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'does not support TLS'],
  ])('reports a TCP server that %s', async (_what, scheme, greeting, message) => {
    const server = createServer((socket) => socket.end(Buffer.from(greeting, 'latin1')).on('error', () => {}))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    stops.push(() => server.close())
    const { port } = server.address() as { port: number }
    const report = await check(`${scheme}:127.0.0.1:${port}?transport=tcp`)
    expect(report.verdict).not.toBe('usable')
    expect(report.message).toContain(message)
  })

  it('rejects with the reason when the signal aborts, and sends nothing from then on', async () => {
    const { url, requestCount } = await startUdp(() => [])
    const interruption = new AbortController()
    const pending = check(`turn:${url}`, { signal: interruption.signal })
    await expect.poll(requestCount).toBe(2)
    interruption.abort(new Error('interrupted'))
    await expect(pending).rejects.toThrow('interrupted')
    await wait(1000)
    expect(requestCount()).toBe(2)
  })

  it.each([
    ['keep', 'keeps the allocation'],
    ['drop', 'drops the allocation'],
    ['reject', 'drops the allocation'],
  ] as const)('finds out what a server does at expiry: %s', async (atExpiry, message) => {
    const turn = await startTurn({ atExpiry })
    const issued = await turn.issueCredentials(2)
    const report = await check(turn.urls[0] ?? '', {
      credentials: credentialsOf(issued),
      observeExpiryAt: issued.expiresAt,
    })
    expect(report.verdict).toBe('usable')
    expect(report.expiry?.afterExpiry).toBe(atExpiry === 'keep' ? 'keep' : 'drop')
    expect(report.expiry?.message).toContain(message)
  })
})

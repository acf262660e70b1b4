/** Checks of single URLs against the embedded TURN server, and against servers that misbehave. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freeUdpPort } from '../../demo/free-udp-port.js'
import { ATTRIBUTE, type StunAttribute } from '../../src/cli/stun/message.js'
import { checkUrlText, credentialsOf, startTurn } from '../support/checked-turn.js'
import { encodeResponse } from '../support/stun-messages.js'
import { CHALLENGE, idOf, methodOf, rejection, startStunServer } from '../support/stun-server.js'
import { wait } from '../support/wait.js'

/** Returns the attribute for a port on loopback. */
const addressOf = (type: number, port: number): StunAttribute => [
  type,
  Buffer.from([0, 1, port >> 8, port & 0xff, 127, 0, 0, 1]),
]

describe('checkUrl', () => {
  it('allocates on a TURN server, and reports the relayed address and the lifetime of the allocation', async () => {
    const turn = await startTurn()
    const credentials = credentialsOf(await turn.issueCredentials(600))
    const report = await checkUrlText(turn.urls[0] ?? '', { credentials })
    expect(report).toMatchObject({ verdict: 'usable', addressFamily: 'IPv4', lifetimeSeconds: 600 })
    expect(report.relayedAddress).toMatch(/^127\.0\.0\.1:\d+$/)
    expect(report.message).toBe(`relayed address ${report.relayedAddress}, allocation lifetime 600 s`)
    expect(report.steps).toContainEqual({
      name: 'allocate',
      durationMs: expect.any(Number),
      isSuccessful: true,
    })
  })

  it('reports a wrong credential with its STUN error code', async () => {
    const turn = await startTurn()
    const { username } = credentialsOf(await turn.issueCredentials(600))
    const report = await checkUrlText(turn.urls[0] ?? '', { credentials: { username, credential: 'wrong' } })
    expect(report).toMatchObject({ verdict: 'rejected', stunCode: 401 })
    expect(report.message).toContain('the credentials are wrong or expired')
    expect(JSON.stringify(report)).not.toContain(username)
  })

  it('reports the address of this device for a STUN URL, and needs no credentials', async () => {
    const turn = await startTurn()
    const url = (turn.urls[0] ?? '').replace('turn:', 'stun:').replace(/\?.*/, '')
    const report = await checkUrlText(url, { credentials: { username: '', credential: '' } })
    expect(report).toMatchObject({ verdict: 'usable', addressFamily: 'IPv4' })
    expect(report.mappedAddress).toMatch(/^127\.0\.0\.1:\d+$/)
  })

  it('reports a server that never responds after the time limit', async () => {
    const { url, requestCount } = await startStunServer(() => [])
    const report = await checkUrlText(`turn:${url}`, { timeoutMs: 700 })
    expect(report).toMatchObject({ verdict: 'timeout' })
    expect(report.message).toContain('no response to the Allocate request within 700 ms: the server is down')
    expect(report.steps).toContainEqual({
      name: 'allocate',
      durationMs: expect.any(Number),
      isSuccessful: false,
    })
    expect(requestCount()).toBe(4) // two requests, each with one retransmission
  })

  it.each(['udp', 'tcp'])('reports a closed port (%s)', async (transport) => {
    const port = await freeUdpPort()
    const report = await checkUrlText(`turn:127.0.0.1:${port}?transport=${transport}`)
    expect(report).toMatchObject({ verdict: 'unreachable', errorCode: 'ECONNREFUSED' })
    expect(report.message).toContain('connection refused')
  })

  it('reports an unknown host name', async () => {
    const report = await checkUrlText('turn:unknown.invalid')
    expect(report.verdict).toBe('unreachable')
    expect(report.message).toMatch(/host name is unknown|temporary DNS failure/)
  })

  it('does not check DTLS', async () => {
    expect(await checkUrlText('turns:turn.invalid?transport=udp')).toMatchObject({
      verdict: 'unsupported',
      steps: [],
    })
  })

  it('ignores packets that are not the response, and uses the response after them', async () => {
    const { url } = await startStunServer((request) => [
      'not a STUN message',
      Buffer.alloc(20),
      encodeResponse('binding', [], {}),
      request,
      rejection(request, 403).subarray(0, 22),
      rejection(request, 403),
    ])
    expect(await checkUrlText(`turn:${url}`)).toMatchObject({ verdict: 'rejected', stunCode: 403 })
  })

  it('does not send credentials without end to a server that rejects every nonce', async () => {
    let allocateCount = 0
    const { url } = await startStunServer((request) => {
      if (methodOf(request) === 'binding') return []
      return [rejection(request, ++allocateCount === 1 ? 401 : 438, ...CHALLENGE)]
    })
    expect(await checkUrlText(`turn:${url}`)).toMatchObject({ verdict: 'rejected', stunCode: 438 })
    expect(allocateCount).toBe(4)
  })

  it('reports a server that responds 401 without a realm', async () => {
    const { url } = await startStunServer((request) => [rejection(request, 401)])
    expect(await checkUrlText(`turn:${url}`)).toMatchObject({ verdict: 'rejected', stunCode: 401 })
  })

  it('reports a success response that is not signed, because browsers ignore it', async () => {
    const { url } = await startStunServer((request) =>
      request.includes('user')
        ? [encodeResponse('allocate', [], { transactionId: idOf(request) })]
        : [rejection(request, 401, ...CHALLENGE)],
    )
    const report = await checkUrlText(`turn:${url}`)
    expect(report).toMatchObject({ verdict: 'failed' })
    expect(report.message).toContain('no valid MESSAGE-INTEGRITY')
  })

  it('warns about a server that allocates without credentials', async () => {
    const relayed = addressOf(ATTRIBUTE.xorRelayedAddress, 1)
    const { url } = await startStunServer((request) => [
      encodeResponse(methodOf(request), [relayed], { transactionId: idOf(request) }),
    ])
    const report = await checkUrlText(`turn:${url}`)
    expect(report).toMatchObject({ verdict: 'usable', isAuthenticated: false })
    expect(report.message).toContain('it allocates without credentials (open relay)')
  })

  it('says that the server responds to binding requests if only the allocation gets no response', async () => {
    const mapped = addressOf(ATTRIBUTE.xorMappedAddress, 1)
    const { url } = await startStunServer((request) =>
      methodOf(request) === 'binding'
        ? [encodeResponse('binding', [mapped], { transactionId: idOf(request) })]
        : [],
    )
    const report = await checkUrlText(`turn:${url}`, { timeoutMs: 300 })
    expect(report.message).toContain('the server responds to binding requests only')
  })

  it('reports an error response without a code', async () => {
    const { url } = await startStunServer((request) => [
      encodeResponse(methodOf(request), [], { isError: true, transactionId: idOf(request) }),
    ])
    expect(await checkUrlText(`turn:${url}`)).toMatchObject({
      verdict: 'failed',
      message: 'the error response has no ERROR-CODE',
    })
  })

  it('reports a success response without an address', async () => {
    const { url } = await startStunServer((request) => [
      encodeResponse(methodOf(request), [], { transactionId: idOf(request) }),
    ])
    expect(await checkUrlText(`stun:${url}`)).toMatchObject({
      verdict: 'failed',
      message: 'the response contains no address',
    })
  })

  it('follows a redirection to another server once', async () => {
    const turn = await startTurn()
    const credentials = credentialsOf(await turn.issueCredentials(600))
    const port = Number(/:(\d+)\?/.exec(turn.urls[0] ?? '')?.[1])
    const redirecting = await startStunServer((request) => [
      rejection(request, 300, addressOf(ATTRIBUTE.alternateServer, port)),
    ])
    expect(await checkUrlText(`turn:${redirecting.url}`, { credentials })).toMatchObject({
      verdict: 'usable',
      alternateServer: `127.0.0.1:${port}`,
    })

    const circular = await startStunServer((request) => [
      rejection(request, 300, addressOf(ATTRIBUTE.alternateServer, Number(redirecting.url.split(':')[1]))),
    ])
    expect(await checkUrlText(`turn:${circular.url}`, { credentials })).toMatchObject({
      verdict: 'rejected',
      stunCode: 300,
    })
  })

  it.each([
    ['closes the connection', 'turn', '', 'unreachable', 'the server closed the connection'],
    ['speaks another protocol', 'turn', 'HTTP/1.1 400 Bad Request', 'failed', 'something other than STUN'],
    ['does not support TLS', 'turns', 'HTTP/1.1 400 Bad Request', 'unreachable', 'does not support TLS'],
  ])('reports a TCP server that %s', async (_what, scheme, greeting, verdict, message) => {
    const server = createServer((socket) => socket.end(Buffer.from(greeting, 'latin1')).on('error', () => {}))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const { port } = server.address() as { port: number }
    const report = await checkUrlText(`${scheme}:127.0.0.1:${port}?transport=tcp`)
    expect(report.verdict).toBe(verdict)
    expect(report.message).toContain(message)
  })

  it('rejects with the reason when the signal aborts, and sends nothing from then on', async () => {
    const { url, requestCount } = await startStunServer(() => [])
    const interruption = new AbortController()
    const pending = checkUrlText(`turn:${url}`, { signal: interruption.signal })
    await expect.poll(requestCount).toBe(2)
    interruption.abort(new Error('interrupted'))
    await expect(pending).rejects.toThrow('interrupted')
    await wait(1000)
    expect(requestCount()).toBe(2)
  })
})

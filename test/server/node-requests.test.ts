/** What `toNodeListener()` reads of a request and writes to a response, on servers that are unlike the usual ones. */
import { createServer, request as sendRaw } from 'node:http'
import { connect, createServer as createHttp2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished, vi } from 'vitest'
import { type FetchHandler, toNodeListener } from '../../src/server/index.js'
import { listen } from '../support/node-frameworks.js'

/** Sends a POST with a body whose second part follows after the response has begun. Resolves with the text of the response. */
const postInParts = (origin: string) =>
  new Promise<string>((resolve, reject) => {
    const request = sendRaw(origin, { method: 'POST' }, (response) => {
      let received = ''
      response.setEncoding('utf8').on('data', (text) => {
        received += text
      })
      response.on('end', () => resolve(received))
      request.end('second')
    })
    request.on('error', reject)
    request.write('first')
  })

it('reads the URL and the headers of HTTP/2', async () => {
  const seen: Request[] = []
  const listener = toNodeListener((request) => {
    seen.push(request)
    return new Response('ok')
  })
  const server = createHttp2Server((request, response) => void listener(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  onTestFinished(() => {
    client.close()
    server.close()
  })
  const stream = client.request({ ':path': '/x?y', ':authority': 'a.example', 'x-user': 'alice' })
  const status = await new Promise((resolve) => {
    stream.on('response', (headers) => resolve(headers[':status']))
  })
  stream.close()
  expect([status, seen[0]?.url]).toEqual([200, 'http://a.example/x?y'])
  expect(Object.fromEntries(seen[0]?.headers ?? [])).toEqual({ 'x-user': 'alice' })
})

it('reads the scheme of a connection with TLS', async () => {
  const listener = toNodeListener((request) => new Response(new URL(request.url).protocol))
  const server = createServer((request, response) => {
    Object.assign(request.socket, { encrypted: true }) // a member of TLSSocket
    void listener(request, response)
  })
  expect(await (await fetch(await listen(server))).text()).toBe('https:')
})

it('reads no body that the handler does not read, so that Node discards it', async () => {
  const read = vi.fn()
  const listener = toNodeListener(() => new Response('ok'))
  const server = createServer((request, response) => {
    const iterate = request[Symbol.asyncIterator].bind(request)
    request[Symbol.asyncIterator] = () => {
      read()
      return iterate()
    }
    void listener(request, response)
  })
  expect(await postInParts(await listen(server))).toBe('ok')
  expect(read).not.toHaveBeenCalled()
})

it('passes no body on if middleware has read it and keeps it to itself', async () => {
  const listener = toNodeListener(async (request) => new Response(`${request.body} ${await request.text()}`))
  const server = createServer(async (request, response) => {
    for await (const _ of request);
    await listener(request, response)
  })
  const origin = await listen(server)
  expect(await (await fetch(origin, { method: 'POST', body: 'text' })).text()).toBe('null ')
})

it('stops reading a body that the handler cancels', async () => {
  const stopped = vi.fn()
  const cancelAfterFirstPart: FetchHandler = async (request) => {
    const reader = request.body?.getReader()
    const { value } = (await reader?.read()) ?? {}
    await reader?.cancel()
    return new Response(value)
  }
  const listener = toNodeListener(cancelAfterFirstPart)
  async function* parts() {
    try {
      yield new TextEncoder().encode('first')
      yield new TextEncoder().encode('second')
    } finally {
      stopped()
    }
  }
  const server = createServer((request, response) => {
    request[Symbol.asyncIterator] = parts as never
    void listener(request, response)
  })
  expect(await postInParts(await listen(server))).toBe('first')
  expect(stopped).toHaveBeenCalledOnce()
})

it('sends nothing and reports nothing if middleware responds while the handler is running', async () => {
  const next = vi.fn()
  const server = createServer(async (request, response) => {
    const listener = toNodeListener(() => {
      response.write('time')
      return new Response('late')
    })
    await listener(request, response, next)
    response.end('out')
  })
  expect(await (await fetch(await listen(server))).text()).toBe('timeout')
  expect(next).not.toHaveBeenCalled()
})

it('names each header in Vary once, whatever middleware has set', async () => {
  const listener = toNodeListener(() => new Response('', { headers: { vary: 'Origin' } }))
  const varyAfter = async (before: string | string[]) => {
    const server = createServer((request, response) => {
      response.setHeader('vary', before)
      void listener(request, response)
    })
    return (await fetch(await listen(server))).headers.get('vary')
  }
  expect(await varyAfter('Accept-Encoding')).toBe('Accept-Encoding, Origin')
  expect(await varyAfter(['origin', 'Accept-Encoding'])).toBe('origin, Accept-Encoding')
})

it('writes no body where a server accepts none', async () => {
  const listener = toNodeListener(() => new Response(null, { status: 200 }))
  const options = { rejectNonStandardBodyWrites: true }
  const server = createServer(options, (request, response) => void listener(request, response))
  expect((await fetch(await listen(server), { method: 'HEAD' })).status).toBe(200)
})

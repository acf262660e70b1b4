import { createServer, type RequestListener, request as sendRaw } from 'node:http'
import { connect } from 'node:net'
import express from 'express'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createIceServersHandler, toNodeListener } from '../../src/server/index.js'
import { rejectionOf } from '../support/error-of.js'
import { FRAMEWORKS, listen, PATH } from '../support/node-frameworks.js'

const iceServers = [{ urls: 'turn:t.org', username: 'u', credential: 'c' }]
const handler = createIceServersHandler({
  source: () => iceServers,
  authorize: (request) => (request.headers.get('authorization') === 'Bearer alice' ? 'alice' : false),
})
const headers = { authorization: 'Bearer alice' }

describe.each(Object.entries(FRAMEWORKS))('toNodeListener in %s', (name, start) => {
  it.each(['GET', 'POST'])('responds to %s with ICE servers, and 401 without a token', async (method) => {
    const origin = await start(handler)
    const response = await fetch(origin + PATH, { method, headers })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(response.headers.get('cache-control')).toBe('no-store')
    expect(await response.json()).toMatchObject({ iceServers: [{ username: 'u' }] })
    expect((await fetch(origin + PATH, { method })).status).toBe(401)
  })

  it('responds to HEAD without a body, and 405 to other methods', async () => {
    const origin = await start(handler)
    const head = await fetch(origin + PATH, { method: 'HEAD', headers })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect((await fetch(origin + PATH, { method: 'DELETE', headers })).status).toBe(405)
  })

  it.each([
    ['JSON', 'application/json', '{"room":"a b"}', '{"room":"a b"}'],
    ['a form', 'application/x-www-form-urlencoded', 'room=a+b&x=1', 'room=a+b&x=1'],
  ])('passes %s that middleware has read on to the handler', async (_, type, sent, expected) => {
    if (name === 'Fastify' && type.includes('form')) return // Fastify responds 415 without a plugin.
    const origin = await start(async (request) => new Response(await request.text()))
    const init = { method: 'POST', headers: { 'content-type': type }, body: sent }
    expect(await (await fetch(origin + PATH, init)).text()).toBe(expected)
  })

  it('responds to a POST whose body nobody reads, and keeps the connection', async () => {
    const origin = await start(handler)
    for (let index = 0; index < 2; index++) {
      const body = JSON.stringify({ filler: 'x'.repeat(90_000) })
      const init = { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body }
      expect((await fetch(origin + PATH, init)).status).toBe(200)
    }
  })

  it('aborts the signal of the request when the client disconnects', async () => {
    const seen: Request[] = []
    const origin = await start((request) => {
      seen.push(request)
      return new Promise(() => {})
    })
    const controller = new AbortController()
    const outcome = rejectionOf(fetch(origin + PATH, { signal: controller.signal }))
    await vi.waitFor(() => expect(seen).toHaveLength(1))
    expect(seen[0]?.signal.aborted).toBe(false)
    controller.abort()
    await outcome
    await vi.waitFor(() => expect(seen[0]?.signal.aborted).toBe(true))
  })

  it('passes the whole URL, and sends status, cookies and empty bodies', async () => {
    const seen: string[] = []
    const origin = await start((request) => {
      seen.push(request.url)
      const responseHeaders = new Headers([
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ])
      return new Response(null, { status: 204, headers: responseHeaders })
    })
    const response = await fetch(`${origin}${PATH}?room=1`)
    expect(seen).toEqual([`${origin}${PATH}?room=1`])
    expect([response.status, response.headers.getSetCookie()]).toEqual([204, ['a=1', 'b=2']])
  })

  it('responds 500 without details when the handler rejects', async () => {
    vi.spyOn(console, 'error').mockReturnValue()
    onTestFinished(() => void vi.restoreAllMocks())
    const origin = await start(() => Promise.reject(new Error('secret')))
    const response = await fetch(origin + PATH)
    expect(response.status).toBe(500)
    if (name !== 'Express') expect(await response.text()).toBe('')
  })
})

describe('toNodeListener', () => {
  it('keeps the headers of middleware, and extends Vary', async () => {
    const origin = await FRAMEWORKS.Express?.(handler)
    const response = await fetch(origin + PATH, { headers: { ...headers, 'accept-encoding': 'gzip' } })
    expect(response.headers.get('x-frame-options')).toBe('SAMEORIGIN')
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(response.headers.get('vary')).toContain('Origin')
    expect(response.headers.get('vary')).toContain('Accept-Encoding')
    expect(await response.json()).toHaveProperty('iceServers')

    const fastifyOrigin = await FRAMEWORKS.Fastify?.(handler)
    const fastifyResponse = await fetch(fastifyOrigin + PATH, { headers })
    expect(fastifyResponse.headers.get('access-control-allow-origin')).toBe('https://app.example.org')
    expect(fastifyResponse.headers.get('vary')).toBe('Origin')
  })

  it('keeps the cookies of middleware', async () => {
    const listener = toNodeListener(() => new Response('', { headers: { 'set-cookie': 'b=2' } }))
    const origin = await listen(
      createServer((request, response) => {
        response.setHeader('set-cookie', 'a=1')
        void listener(request, response)
      }),
    )
    expect((await fetch(origin)).headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })

  it('passes an error to the error handler of Express', async () => {
    const onError = vi.fn()
    const app = express()
    app.use(toNodeListener(() => Promise.reject(new Error('bug'))))
    app.use(((error: Error, _request, response, _next) => {
      onError(error.message)
      response.status(418).end()
    }) as express.ErrorRequestHandler)
    expect((await fetch(await listen(createServer(app)))).status).toBe(418)
    expect(onError).toHaveBeenCalledExactlyOnceWith('bug')
  })

  it('does nothing after middleware has responded', async () => {
    const called = vi.fn(() => new Response('late'))
    const listener = toNodeListener(called)
    const slow = toNodeListener(async () => {
      await new Promise((resolve) => setTimeout(resolve, 50))
      return new Response('late')
    })
    const origin = await listen(
      createServer((request, response) => {
        if (request.url === '/slow') void slow(request, response)
        response.end('timeout')
        void listener(request, response)
      }),
    )
    for (const path of ['/', '/slow']) expect(await (await fetch(origin + path)).text()).toBe('timeout')
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(called).not.toHaveBeenCalled()
  })

  it.each([
    [
      'a path that begins with two slashes',
      'GET //evil.example/x HTTP/1.1\r\nHost: a.example',
      'http://a.example//evil.example/x',
    ],
    ['the absolute form', 'GET http://b.example/x HTTP/1.1\r\nHost: a.example', 'http://b.example/x'],
    ['no Host', 'GET /x HTTP/1.0', 'http://localhost/x'],
    ['a Host that is not one', 'GET /x HTTP/1.1\r\nHost: a b', '400'],
    ['the method TRACE', 'TRACE /x HTTP/1.1\r\nHost: a.example', '400'],
    ['the asterisk form', 'OPTIONS * HTTP/1.1\r\nHost: a.example', '400'],
  ])('handles %s', async (_, head, expected) => {
    const origin = await listen(createServer(toNodeListener((request) => new Response(request.url))))
    const text = await new Promise<string>((resolve) => {
      let received = ''
      const socket = connect(Number(new URL(origin).port), '127.0.0.1', () =>
        socket.end(`${head}\r\nConnection: close\r\n\r\n`),
      )
      socket.on('data', (data) => {
        received += data
      })
      socket.on('close', () => resolve(received))
    })
    expect(text).toContain(expected)
  })

  it('streams a body that nobody has read', async () => {
    const parts: string[] = []
    const listener: RequestListener = toNodeListener(async (request) => {
      for await (const part of request.body ?? []) parts.push(new TextDecoder().decode(part))
      return new Response('ok')
    })
    const origin = await listen(createServer(listener))
    await new Promise<void>((resolve) => {
      const request = sendRaw(origin, { method: 'POST' }, (response) => response.resume().on('end', resolve))
      request.write('first')
      setTimeout(() => request.end('second'), 50)
    })
    expect(parts).toEqual(['first', 'second'])
  })

  it('rejects with a TypeError for the arguments of Fastify or Koa, and throws one without a handler', async () => {
    const listener = toNodeListener(handler)
    const message = expect.stringContaining('with Fastify, pass request.raw and reply.raw; with Koa, ctx.req')
    for (const wrong of [
      [{ headers: {} }, () => {}],
      [{ headers: {} }, { header() {} }],
      [new Request('http://a.example'), undefined],
      [],
    ]) {
      const [request, response] = wrong as unknown as Parameters<typeof listener>
      expect(await rejectionOf(listener(request, response))).toMatchObject({ name: 'TypeError', message })
    }
    expect(() => toNodeListener({} as never)).toThrow(
      'toNodeListener: handler must be a function, got an object',
    )
  })
})

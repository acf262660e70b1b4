/** Node's HTTP server and the frameworks on it, each with its usual middleware before `toNodeListener()`. */
import { createServer, type Server } from 'node:http'
import fastifyCors from '@fastify/cors'
import compression from 'compression'
import express from 'express'
import fastify from 'fastify'
import helmet from 'helmet'
import Koa from 'koa'
import koaBodyparser from 'koa-bodyparser'
import { onTestFinished } from 'vitest'
import { type FetchHandler, toNodeListener } from '../../src/server/index.js'

export const PATH = '/api/ice-servers'

/** Listens for one test. Resolves with the origin. */
export async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  const address = server.address()
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

/** Starts each of them for one test. Resolves with the origin. */
export const FRAMEWORKS: Record<string, (handler: FetchHandler) => Promise<string>> = {
  'node:http': (handler) => listen(createServer(toNodeListener(handler))),
  Express: (handler) => {
    const app = express()
    app.use(helmet(), compression({ threshold: 0 }), express.json(), express.urlencoded())
    app.use(PATH, toNodeListener(handler))
    return listen(createServer(app))
  },
  Fastify: async (handler) => {
    const app = fastify()
    await app.register(fastifyCors, { origin: 'https://app.example.org' })
    const listener = toNodeListener(handler)
    app.all(PATH, (request, reply) => {
      reply.hijack()
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) reply.raw.setHeader(name, value)
      }
      return listener(Object.assign(request.raw, { body: request.body }), reply.raw)
    })
    await app.ready()
    return listen(app.server)
  },
  Koa: (handler) => {
    const app = new Koa()
    const listener = toNodeListener(handler)
    app.use(koaBodyparser())
    app.use(async (ctx) => {
      ctx.respond = false
      await listener(Object.assign(ctx.req, { body: ctx.request.body }), ctx.res)
    })
    return listen(createServer(app.callback()))
  },
}

/** Connects the handler to servers that call a function with Node's request and response: node:http, Express, Fastify, Koa. */
import { assertOption } from '../option-checks.js'
import { isObject } from '../type-guards.js'

/** A handler of standard requests, such as that of `createIceServersHandler`. @group Server: Node */
export type FetchHandler = (request: Request) => Response | Promise<Response>

/** The members of Node's `http.IncomingMessage` that are read. @group Server: Node */
export interface NodeRequest {
  /** The HTTP method. */
  readonly method?: string | undefined
  /** The request target. */
  readonly url?: string | undefined
  /** The path before a router removed its prefix (Express). */
  readonly originalUrl?: string | undefined
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** With the member `encrypted` for TLS. */
  readonly socket: object
  /** The parsed body, if middleware has read it. */
  readonly body?: unknown
  /** Whether the body has been read. */
  readonly readableDidRead?: boolean
  /** Reads the body. */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array>
}

/** The members of Node's `http.ServerResponse` that are used. @group Server: Node */
export interface NodeResponse {
  /** The HTTP status. */
  statusCode: number
  /** Whether the response has begun. */
  readonly headersSent: boolean
  /** Whether the response has been sent completely. */
  readonly writableFinished: boolean
  /** Whether the connection is closed. */
  readonly destroyed: boolean
  /** Returns a header that has been set before. */
  getHeader(name: string): number | string | string[] | undefined
  /** Sets a header. */
  setHeader(name: string, value: string | string[]): unknown
  /** Calls a listener when the response or its connection is closed. */
  once(event: 'close', listener: () => void): unknown
  /** Sends the response without a body. */
  end(): unknown
  /** Sends the response. */
  end(body: Uint8Array): unknown
}

/**
 * A request listener of `node:http`, and a route handler of Express. It passes an error of the handler to `next` if there is one, and
 * responds 500 otherwise.
 * @group Server: Node
 */
export type NodeListener = (
  request: NodeRequest,
  response: NodeResponse,
  next?: (error: unknown) => void,
) => Promise<void>

/** `RequestInit` with the member that a stream as body requires. */
type StreamInit = RequestInit & { duplex?: 'half' }

const OWNER = 'toNodeListener'

/**
 * Returns a listener for servers that pass Node's request and response: `node:http`, Express, and with one line more Fastify and Koa.
 * Headers that middleware has set stay, unless the handler sets them. A body that middleware has parsed is passed on from
 * `request.body`. The signal of the `Request` is aborted when the client disconnects.
 *
 * @throws TypeError if the handler is not a function. The listener rejects with a `TypeError` if its arguments are not those of Node.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http'
 *
 * createServer(toNodeListener(handler)).listen(8787)
 * ```
 * @group Server: Node
 */
export function toNodeListener(handler: FetchHandler): NodeListener {
  assertOption(typeof handler === 'function', OWNER, 'handler', 'a function', handler)
  return async (request, response, next) => {
    assertNodeArguments(request, response)
    if (response.headersSent || response.destroyed) return
    const fetchRequest = toFetchRequest(request, response)
    // Neither is possible in Fetch: the method TRACE, and a `Host` that is not one.
    if (!fetchRequest) return respondWithoutBody(400, response)
    try {
      await sendResponse(await handler(fetchRequest), response)
    } catch (error) {
      if (next) next(error)
      else respondWithoutBody(500, response)
    }
  }
}

function assertNodeArguments(request: Partial<NodeRequest>, response: Partial<NodeResponse>): void {
  if (isObject(request?.headers) && typeof response?.setHeader === 'function') return
  throw new TypeError(
    `${OWNER}: the listener must be called with Node's request and response, got other arguments: with Fastify, pass request.raw and reply.raw; with Koa, ctx.req and ctx.res`,
  )
}

function toFetchRequest(request: NodeRequest, response: NodeResponse): Request | undefined {
  const { method = 'GET' } = request
  const controller = new AbortController()
  response.once('close', () => {
    if (!response.writableFinished) controller.abort()
  })
  const hasBody = method !== 'GET' && method !== 'HEAD'
  const body = hasBody ? readBody(request) : {}
  try {
    return new Request(urlOf(request), {
      method,
      headers: toHeaders(request),
      signal: controller.signal,
      ...body,
    })
  } catch {
    return undefined
  }
}

/** Concatenates the parts: a path that begins with `//` would be another host for a URL parser. */
function urlOf({ headers, socket, url = '/', originalUrl = url }: NodeRequest): string {
  if (!originalUrl.startsWith('/')) return originalUrl // The absolute form (RFC 9112 §3.2.2).
  const scheme = 'encrypted' in socket && socket.encrypted ? 'https' : 'http'
  return `${scheme}://${headers[':authority'] ?? headers.host ?? 'localhost'}${originalUrl}`
}

/** Names of HTTP/2 that begin with a colon are no headers. */
function toHeaders({ headers }: NodeRequest): [string, string][] {
  return Object.entries(headers).flatMap(([name, value]) =>
    value === undefined || name.startsWith(':') ? [] : [[name, String(value)] as [string, string]],
  )
}

function readBody(request: NodeRequest): StreamInit {
  const { body, readableDidRead, headers } = request
  if (body === undefined) return readableDidRead ? {} : { body: toStream(request), duplex: 'half' }
  if (typeof body === 'string' || body instanceof Uint8Array) return { body: body as BodyInit }
  const isForm = String(headers['content-type']).startsWith('application/x-www-form-urlencoded')
  return { body: isForm ? new URLSearchParams(body as Record<string, string>) : JSON.stringify(body) }
}

/** Reads nothing before the handler does, so that Node discards a body that nobody reads. */
function toStream(request: NodeRequest): ReadableStream<Uint8Array> {
  let iterator: AsyncIterator<Uint8Array> | undefined
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        iterator ??= request[Symbol.asyncIterator]()
        const { done, value } = await iterator.next()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel() {
        await iterator?.return?.()
      },
    },
    { highWaterMark: 0 },
  )
}

async function sendResponse(fetchResponse: Response, response: NodeResponse): Promise<void> {
  const body = new Uint8Array(await fetchResponse.arrayBuffer())
  if (response.headersSent || response.destroyed) return // by middleware, or the client disconnected
  response.statusCode = fetchResponse.status
  for (const [name, value] of fetchResponse.headers) {
    if (name !== 'set-cookie') response.setHeader(name, name === 'vary' ? mergeVary(response, value) : value)
  }
  const cookies = fetchResponse.headers.getSetCookie()
  const cookiesBefore = [response.getHeader('set-cookie') ?? []].flat().map(String)
  if (cookies.length > 0) response.setHeader('set-cookie', [...cookiesBefore, ...cookies])
  if (body.length > 0) response.end(body)
  else response.end()
}

/** Middleware that compresses or sends CORS headers has set `Vary` before. */
function mergeVary(response: NodeResponse, value: string): string {
  const names = [response.getHeader('vary') ?? [], value]
    .flat()
    .join(', ')
    .split(/\s*,\s*/)
  const isNew = (name: string, index: number) =>
    names.findIndex((other) => other.toLowerCase() === name.toLowerCase()) === index
  return names.filter(isNew).join(', ')
}

function respondWithoutBody(status: number, response: NodeResponse): void {
  if (response.headersSent || response.destroyed) return
  response.statusCode = status
  response.end()
}

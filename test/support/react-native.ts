/** The globals of React Native: the polyfills that it ships, and what it lacks. */
import { request as httpRequest } from 'node:http'
import { vi } from 'vitest'

/** As far as whatwg-fetch uses it: React Native implements `XMLHttpRequest` natively. */
class NativeXMLHttpRequest {
  static requests: { method: string; url: string; headers: Record<string, string> }[] = []
  status = 0
  statusText = ''
  responseText = ''
  readyState = 0
  onload?: () => void
  onerror?: () => void
  onabort?: () => void
  #method = ''
  #url = ''
  #responseHeaders = ''
  #request: ReturnType<typeof httpRequest> | undefined
  readonly #headers: Record<string, string> = {}

  open(method: string, url: string): void {
    this.#method = method
    this.#url = url
  }

  setRequestHeader(name: string, value: string): void {
    this.#headers[name] = value
  }

  getAllResponseHeaders(): string {
    return this.#responseHeaders
  }

  send(body?: string | null): void {
    const options = { method: this.#method, headers: this.#headers }
    const request = httpRequest(this.#url, options, (response) => {
      this.status = response.statusCode ?? 0
      this.#responseHeaders = Object.entries(response.headers)
        .map(([name, value]) => `${name}: ${value}`)
        .join('\r\n')
      response.setEncoding('utf8')
      response.on('data', (chunk: string) => {
        this.responseText += chunk
      })
      response.on('end', () => {
        this.readyState = 4
        this.onload?.()
      })
    })
    request.on('error', () => this.onerror?.())
    request.end(body)
    this.#request = request
  }

  abort(): void {
    this.#request?.destroy()
    this.onabort?.()
  }
}

/** As React Native before 0.80: it accepts any text, and its members throw. */
class PartialURL {
  readonly #url: string

  constructor(url: string) {
    this.#url = url
  }

  get hostname(): string {
    throw new Error('not implemented')
  }

  get origin(): string {
    throw new Error('not implemented')
  }

  get pathname(): string {
    throw new Error('not implemented')
  }

  toString(): string {
    return this.#url
  }
}

const LACKING_GLOBALS = [
  'ReadableStream',
  'TextDecoder',
  'TextEncoder',
  'BroadcastChannel',
  'Event',
  'DOMException',
]

/**
 * Makes the globals those of React Native, and imports the library. Restore them with `vi.unstubAllGlobals()`.
 */
export async function importInReactNative() {
  vi.stubGlobal('XMLHttpRequest', NativeXMLHttpRequest)
  vi.stubGlobal('AbortController', undefined)
  vi.stubGlobal('AbortSignal', undefined)
  const { AbortController, AbortSignal } = await import('abort-controller')
  vi.stubGlobal('AbortController', AbortController)
  vi.stubGlobal('AbortSignal', AbortSignal)
  // @ts-expect-error -- it has no types
  const { fetch, Headers, Request, Response } = await import('whatwg-fetch')
  for (const [name, value] of Object.entries({ fetch, Headers, Request, Response }))
    vi.stubGlobal(name, value)
  vi.stubGlobal('Symbol', symbolWithoutDispose())
  const library = await import('../../src/index.js')
  vi.stubGlobal('URL', PartialURL)
  for (const name of LACKING_GLOBALS) vi.stubGlobal(name, undefined)
  return library
}

/** `Symbol.dispose` of Node cannot be removed. */
function symbolWithoutDispose(): unknown {
  const { dispose: _, asyncDispose: __, ...members } = Object.getOwnPropertyDescriptors(Symbol)
  const createSymbol = Symbol
  const create = (description?: string) => createSymbol(description)
  const { length: ___, name: ____, prototype: _____, ...symbols } = members
  return Object.defineProperties(create, symbols)
}

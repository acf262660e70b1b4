/** The globals of a React Native app that the Hermes command lacks. React Native implements `XMLHttpRequest` natively. */
import { AbortController, AbortSignal } from 'abort-controller/dist/abort-controller'

declare const print: (text: string) => void

const RESPONSE = JSON.stringify({
  iceServers: [
    {
      urls: ['turn:turn.example.org?transport=udp', 'turn:[2001:db8::1]:53', 'turns:TURN.example.org:443'],
      username: 'user',
      credential: 'secret',
    },
  ],
  ttl: 600,
})

/** As far as whatwg-fetch uses it. The first request fails, the others get servers. */
class ScriptedXMLHttpRequest {
  static count = 0
  status = 200
  statusText = ''
  responseText = ''
  onload?: () => void
  onerror?: () => void
  open(): void {}
  setRequestHeader(): void {}
  abort(): void {}
  getAllResponseHeaders = () => 'content-type: application/json'
  send(): void {
    setTimeout(() => {
      this.responseText = RESPONSE
      if (ScriptedXMLHttpRequest.count++ === 0) this.onerror?.()
      else this.onload?.()
    })
  }
}

/** As React Native before 0.80: its members throw. */
class PartialURL {
  get hostname(): string {
    throw new Error('not implemented')
  }
}

/** The timers of the Hermes command ignore the delay. These run in order, and the clocks move on to each. */
const runSoon = globalThis.setTimeout
const startedAt = Date.now()
let now = 0
let lastId = 0
const timers = new Map<number, { at: number; run: () => void }>()

function setVirtualTimeout(run: () => void, delayMs = 0): number {
  timers.set(++lastId, { at: now + delayMs, run })
  runSoon(runNextTimer)
  return lastId
}

function runNextTimer(): void {
  const [next] = [...timers].sort(([, a], [, b]) => a.at - b.at)
  if (!next) return
  const [id, { at, run }] = next
  timers.delete(id)
  now = at
  run()
}

Object.assign(Date, { now: () => startedAt + now })
Object.assign(globalThis, {
  setTimeout: setVirtualTimeout,
  clearTimeout: (id?: number) => timers.delete(id ?? 0),
  self: globalThis,
  AbortController,
  AbortSignal,
  XMLHttpRequest: ScriptedXMLHttpRequest,
  URL: PartialURL,
  // Hermes has had it since React Native 0.74. ky creates one at import.
  TextEncoder: class {},
  performance: { now: () => now },
  console: { log: print, warn: print, error: print, assert() {} },
})

/** Returns how often `send()` was called. */
export const countRequests = (): number => ScriptedXMLHttpRequest.count

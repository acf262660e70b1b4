import { afterEach, beforeEach, expect, vi } from 'vitest'
import { useFakeClock, useRealClock } from '../support/time.js'

/** What a fake connection gathers from a URL: the address of a candidate, error codes, or nothing. */
export interface Script {
  address?: string | null
  type?: string
  errorCodes?: number[]
  isSilent?: boolean
  constructorError?: Error
}

/** What the connections of a test gather by URL, and how many there are. */
export const connections = {
  scripts: {} as Record<string, Script>,
  createdCount: 0,
  openCount: 0,
  maxOpenCount: 0,
}

export function resetConnections(): void {
  Object.assign(connections, { scripts: {}, createdCount: 0, openCount: 0, maxOpenCount: 0 })
}

/** A fake `RTCPeerConnection` that gathers what its script says. */
export class ScriptedConnection extends EventTarget {
  readonly #script: Script
  iceGatheringState = 'new'
  localDescription = { sdp: '' }

  constructor({
    iceServers,
    iceTransportPolicy,
  }: { iceServers: RTCIceServer[]; iceTransportPolicy: string }) {
    super()
    const url = String(iceServers[0]?.urls)
    this.#script = connections.scripts[url] ?? {}
    if (this.#script.constructorError) throw this.#script.constructorError
    expect(iceTransportPolicy).toBe(url.startsWith('turn') ? 'relay' : 'all')
    connections.createdCount++
    connections.openCount++
    connections.maxOpenCount = Math.max(connections.maxOpenCount, connections.openCount)
  }

  createDataChannel() {
    return new EventTarget()
  }

  async setRemoteDescription() {}

  async setLocalDescription() {
    await Promise.resolve()
    const { errorCodes = [], address, type = 'relay', isSilent } = this.#script
    for (const errorCode of errorCodes) this.#fire('icecandidateerror', { errorCode })
    if (address !== undefined) this.#fire('icecandidate', { candidate: { type, address } })
    if (isSilent) return
    this.iceGatheringState = 'complete'
    this.#fire('icecandidate', { candidate: null })
    this.#fire('icegatheringstatechange')
  }

  close() {
    connections.openCount--
  }

  #fire(type: string, members = {}) {
    this.dispatchEvent(Object.assign(new Event(type), members))
  }
}

/** Makes the scripted connections those of the browser, with a fake clock, in all tests of the file. */
export function useScriptedConnections(): void {
  beforeEach(() => {
    useFakeClock()
    resetConnections()
    vi.stubGlobal('RTCPeerConnection', ScriptedConnection)
  })
  afterEach(() => {
    useRealClock()
    vi.unstubAllGlobals()
  })
}

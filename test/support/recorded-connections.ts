/** Stand-ins for the connections of a page, in the order in which the app creates them. */
import { afterEach, beforeEach, vi } from 'vitest'
import { BaseConnection } from './base-connection.js'

/** A connection whose state the test changes. */
export class RecordedConnection extends BaseConnection {
  connectionState: RTCPeerConnectionState = 'new'

  constructor(configuration?: RTCConfiguration) {
    super(configuration)
    created.push(this)
  }

  get usernames() {
    return this.getConfiguration().iceServers?.map(({ username }) => username)
  }

  changeState(state: RTCPeerConnectionState): void {
    this.connectionState = state
    this.dispatchEvent(new Event('connectionstatechange'))
  }

  override close(): void {
    super.close()
    this.connectionState = 'closed' // without an event, like in browsers
  }
}

const created: RecordedConnection[] = []

/** Replaces the global class in each test of the file. Returns the connections of the test, which grow. */
export function useRecordedConnections(): readonly RecordedConnection[] {
  beforeEach(() => {
    created.length = 0
    vi.stubGlobal('RTCPeerConnection', RecordedConnection)
  })
  afterEach(() => void vi.unstubAllGlobals())
  return created
}

/** What the states of the connections are, in the order of their creation. */
export const statesOf = (connections: readonly RecordedConnection[]) =>
  connections.map(({ connectionState }) => connectionState)

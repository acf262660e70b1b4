/** Carries STUN messages over UDP, TCP and TLS. */
import { createSocket } from 'node:dgram'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { MessageReader } from './message-reader.js'

/** A connection to a server. */
export interface StunTransport {
  /** Whether messages need no retransmission. */
  readonly isReliable: boolean
  send(message: Buffer): void
  /** Set by the user of the transport. Messages that arrive before are lost. */
  onMessage: (message: Buffer) => void
  /** Set by the user of the transport. Called at most once, with the reason. Not called by {@link close}. */
  onClose: (reason: Error) => void
  close(): void
}

/** The server closed the connection, which Node reports without an error. */
class ConnectionClosedError extends Error {
  readonly code = 'ECONNRESET'
}

/** Where a transport connects to. */
export interface Destination {
  readonly address: string
  readonly family: 4 | 6
  readonly port: number
}

const ignore = () => {}

/** Opens a UDP socket. It is connected, so that it reports the ICMP messages about a closed port. */
export function openUdp({ address, family, port }: Destination): Promise<StunTransport> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4')
    const transport: StunTransport = {
      isReliable: false,
      send: (message) => socket.send(message, (error) => error && transport.onClose(error)),
      onMessage: ignore,
      onClose(reason) {
        socket.close()
        reject(reason)
      },
      close() {
        transport.onMessage = transport.onClose = ignore
        socket.close()
      },
    }
    socket.on('message', (message) => transport.onMessage(message))
    socket.on('error', (error) => transport.onClose(error))
    socket.on('connect', () => resolve(transport))
    socket.connect(port, address)
  })
}

/** Connects over TCP. */
export function openTcp({ address, port }: Destination, signal: AbortSignal): Promise<StunTransport> {
  return openStream(connectTcp({ host: address, port, noDelay: true }), 'connect', signal)
}

/**
 * Connects over TLS, and checks the certificate of the server against the name in the URL and the certificate authorities of Node
 * (more with `NODE_EXTRA_CA_CERTS`).
 */
export function openTls(
  { address, port }: Destination,
  hostname: string,
  signal: AbortSignal,
): Promise<StunTransport> {
  // An IP address cannot be a server name (RFC 6066 §3). Node then checks the address in the certificate.
  const servername = isIP(hostname) ? {} : { servername: hostname }
  const socket = connectTls({ host: address, port, ...servername, rejectUnauthorized: true })
  return openStream(socket, 'secureConnect', signal)
}

function openStream(
  socket: Socket,
  connectedEvent: 'connect' | 'secureConnect',
  signal: AbortSignal,
): Promise<StunTransport> {
  return new Promise((resolve, reject) => {
    const abort = () => socket.destroy(signal.reason)
    const reader = new MessageReader()
    const transport: StunTransport = {
      isReliable: true,
      send: (message) => socket.write(message),
      onMessage: ignore,
      onClose: reject,
      close() {
        transport.onMessage = transport.onClose = ignore
        socket.destroy()
      },
    }
    signal.addEventListener('abort', abort, { once: true })
    if (signal.aborted) abort()
    socket.on(connectedEvent, () => {
      signal.removeEventListener('abort', abort)
      resolve(transport)
    })
    socket.on('data', (chunk) => {
      for (const message of reader.read(chunk)) transport.onMessage(message)
      if (reader.isDamaged) socket.destroy(new Error('the server sent something other than STUN messages'))
    })
    socket.on('error', (error) => transport.onClose(error))
    socket.on('close', () => transport.onClose(new ConnectionClosedError()))
  })
}

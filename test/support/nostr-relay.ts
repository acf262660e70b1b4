/** A Nostr relay (NIP-01) that stores nothing: it passes each event to the subscriptions that match it. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocketServer } from 'ws'

interface Filter {
  readonly kinds?: readonly number[]
  readonly '#x'?: readonly string[]
}

interface NostrEvent {
  readonly id: string
  readonly kind: number
  readonly tags: readonly (readonly string[])[]
}

const isMatching = ({ kinds, '#x': topics }: Filter, { kind, tags }: NostrEvent) =>
  (kinds?.includes(kind) ?? true) &&
  tags.some(([name, topic = '']) => name === 'x' && topics?.includes(topic))

/** Starts it on loopback. */
export async function startNostrRelay() {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const subscribers = new Set<(event: NostrEvent) => void>()
  server.on('connection', (socket) => {
    const send = (...message: unknown[]) => socket.send(JSON.stringify(message))
    const filters = new Map<string, readonly Filter[]>()
    const publish = (event: NostrEvent) => {
      for (const [id, list] of filters) {
        if (list.some((filter) => isMatching(filter, event))) send('EVENT', id, event)
      }
    }
    subscribers.add(publish)
    socket.on('close', () => subscribers.delete(publish))
    socket.on('message', (data) => {
      const [type, value, ...rest] = JSON.parse(String(data))
      if (type === 'REQ') {
        filters.set(value, rest)
        send('EOSE', value)
      } else if (type === 'CLOSE') {
        filters.delete(value)
      } else if (type === 'EVENT') {
        for (const publishTo of subscribers) publishTo(value)
        send('OK', value.id, true, '')
      }
    })
  })
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop() {
      server.close()
      for (const client of server.clients) client.terminate()
    },
  }
}

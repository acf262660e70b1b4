/// <reference types="svelte" />
/** Declares what the examples in the documentation use without declaring it themselves. */
declare const provider: import('turnkeeper').IceServerProvider
declare const pc: RTCPeerConnection
declare const iceServers: import('turnkeeper').RTCIceServer[]
declare const response: Response
declare const accountId: string
declare const apiToken: string
declare const keyId: string
declare const keySecret: string
declare const turn: import('turnkeeper/server').CloudflareTurn
declare const connectAgain: (pc: RTCPeerConnection) => Promise<void>
declare const showLogin: () => void
declare const useSyncExternalStore: typeof import('react').useSyncExternalStore
declare const client: {
  turnServer(): Promise<{ uris: string[]; username: string; password: string; ttl: number }>
}
declare const twilio: { tokens: { create(options?: { ttl?: number }): Promise<object> } }
declare const meteredSecretKey: string
declare const sessionOf: (request: Request) => Promise<{ userId: string } | undefined>
declare const TurnKeeper: typeof import('turnkeeper')
declare const handler: (request: Request) => Promise<Response>
declare module 'cloudflare:workers' {
  const env: Record<'TURN_SECRET' | 'TURN_KEY_ID' | 'TURN_KEY_SECRET', string>
  const DurableObject: typeof import('@cloudflare/workers-types').CloudflareWorkersModule.DurableObject
}

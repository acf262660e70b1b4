import { createIceServersHandler, createTurnRestCredentials } from 'turnkeeper/server'
import { bearerTokenOf, userIdOf } from './your-app.js'

// Only for a type check outside Deno, which knows its global.
declare const Deno: {
  env: { get(name: string): string | undefined }
  serve(handler: (request: Request) => Promise<Response>): unknown
}

const variable = (name: string) => Deno.env.get(name) ?? ''

const handler = createIceServersHandler({
  source: createTurnRestCredentials({
    secret: variable('TURN_SECRET'),
    urls: variable('TURN_URLS').split(','),
  }),
  authorize: (request) => userIdOf(bearerTokenOf(request)),
  allowedOrigins: [variable('APP_ORIGIN')],
  onError: (error) => console.error(error),
})

Deno.serve(handler)

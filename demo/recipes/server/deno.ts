import { createIceServersHandler, createTurnRestCredentials } from 'turnkeeper/server'
import { findUserId, readBearerToken } from './your-app.js'

// Deno declares this global itself. This declaration is for type checks outside Deno.
declare const Deno: {
  env: { get(name: string): string | undefined }
  serve(handler: (request: Request) => Promise<Response>): unknown
}

const readVariable = (name: string) => Deno.env.get(name) ?? ''

const handler = createIceServersHandler({
  source: createTurnRestCredentials({
    secret: readVariable('TURN_SECRET'),
    urls: readVariable('TURN_URLS').split(','),
  }),
  authorize: (request) => findUserId(readBearerToken(request)),
  allowedOrigins: [readVariable('APP_ORIGIN')],
  onError: (error) => console.error(error),
})

Deno.serve(handler)

import { createIceServersHandler, createTurnRestCredentials } from 'turnkeeper/server'
import { findUserId, readBearerToken } from './your-app.js'

// Deno declares this global itself. This declaration is for type checks outside Deno.
declare const Deno: {
  env: { get(name: string): string | undefined }
  serve(handler: (request: Request) => Promise<Response>): unknown
}

const readVariable = (name: string) => Deno.env.get(name) ?? ''
const APP_ORIGIN = readVariable('APP_ORIGIN')

const handler = createIceServersHandler({
  source: createTurnRestCredentials({
    secret: readVariable('TURN_SECRET'),
    urls: readVariable('TURN_URLS')
      .split(',')
      .map((url) => url.trim()),
  }),
  // The page has to send a token: docs/backend.md#pages-of-another-origin
  authorize: (request) => findUserId(readBearerToken(request)),
  allowedOrigins: APP_ORIGIN ? [APP_ORIGIN] : [], // only if the page has another origin
  onError: (error) => console.error(error),
})

Deno.serve(handler)

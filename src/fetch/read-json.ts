/** Reads the body of a response as JSON, up to a maximum size. */
import { readIceServerLinks } from '../config/link-header.js'
import { IceServerError } from '../errors.js'
import { safeCause } from '../safe-cause.js'

/** Far above any real response (Cloudflare's has 0.6 KiB). */
const MAX_BYTES = 256 * 1024

/**
 * Reads the body of a successful response as JSON. The error of the JSON parser is not a cause, because it quotes
 * the body. If `Link` headers contain the servers, the body can be empty or SDP; it is then returned as text.
 *
 * @param source - Where the response came from, for messages.
 * @throws {@link IceServerError} `ERR_RESPONSE` if the body is empty, too large, HTML, or not JSON; `ERR_NETWORK`
 * if the connection closes.
 */
export async function readJson(response: Response, source: string): Promise<unknown> {
  const text = (await readText(response, source)).trim()
  try {
    return JSON.parse(text)
  } catch {
    if (readIceServerLinks(response.headers).length > 0) return text
    if (text === '') throw invalidBody(response, source, 'an empty body')
    const isHtml = text.startsWith('<')
    const html = 'HTML: a login page, or the index.html of a single-page app (is the route missing?)'
    throw invalidBody(response, source, isHtml ? html : 'a body that is not JSON')
  }
}

async function readText(response: Response, source: string): Promise<string> {
  const assertSize = (size: number) => {
    if (size > MAX_BYTES) throw invalidBody(response, source, `more than ${MAX_BYTES / 1024} KiB`)
  }
  // React Native has no streams, and no `TextDecoder` in older versions.
  if (!response.body || !globalThis.TextDecoder) {
    const text = await response.text()
    assertSize(text.length)
    return text
  }
  const reader = response.body.getReader()
  const decoder = new TextDecoder() // A Blob would be stored in another process by Chromium.
  let text = ''
  for (let size = 0; ; ) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      const message = `${source}: the connection closed while reading the response`
      throw new IceServerError('ERR_NETWORK', message, { cause: safeCause(error) })
    })
    if (done) break
    size += value.byteLength
    assertSize(size)
    text += decoder.decode(value, { stream: true })
  }
  return text + decoder.decode()
}

function invalidBody(
  { status, redirected, url }: Response,
  source: string,
  received: string,
): IceServerError {
  // The path and the query of a redirect may contain a token.
  const redirectNote = redirected ? ` after a redirect to ${new URL(url).origin}` : ''
  return new IceServerError('ERR_RESPONSE', `${source} returned ${received}${redirectNote}`, { status })
}

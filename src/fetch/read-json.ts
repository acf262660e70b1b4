import { IceServerError } from '../errors.js'

/** Far above any real answer (Cloudflare's has 0.6 KiB). */
const MAX_BYTES = 256 * 1024

/**
 * Reads a successful answer as JSON.
 *
 * @throws {@link IceServerError} `ERR_RESPONSE` if it is empty, too large, HTML, or not JSON; `ERR_NETWORK`
 * if it breaks off. The parser's own error is never passed on: it quotes the text.
 */
export async function readJson(response: Response): Promise<unknown> {
  const text = await readText(response)
  if (/^\s*$/.test(text)) throw unusable(response, 'is empty')

  try {
    return JSON.parse(text)
  } catch {
    throw unusable(response, /^\s*</.test(text) ? 'is HTML, such as a login page' : 'is not JSON')
  }
}

async function readText(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  const decoder = new TextDecoder() // not a Blob: Chromium keeps those in another process
  let text = ''
  for (let size = 0; reader; ) {
    const { done, value } = await reader.read().catch((cause: unknown) => {
      throw new IceServerError('ERR_NETWORK', 'the answer broke off', { cause })
    })
    if (done) break
    size += value.byteLength
    if (size > MAX_BYTES) throw unusable(response, `is larger than ${MAX_BYTES / 1024} KiB`)
    text += decoder.decode(value, { stream: true })
  }
  return text + decoder.decode()
}

function unusable({ status, redirected, url }: Response, fault: string): IceServerError {
  const where = redirected ? `, after a redirect to ${new URL(url).origin},` : '' // the rest may hold a token
  return new IceServerError('ERR_RESPONSE', `the answer${where} ${fault}`, { status })
}

/** Signs usernames with HMAC-SHA1, which TURN servers verify. */

/** Returns, or resolves with, the base64 of the HMAC-SHA1 of a text. */
export type Sign = (text: string) => string | Promise<string>

/** What is used of `node:crypto`. */
interface NodeCrypto {
  createHmac(algorithm: 'sha1', key: string): { update(text: string): { digest(encoding: 'base64'): string } }
}

const HMAC_SHA1 = { name: 'HMAC', hash: 'SHA-1' }

/**
 * Returns the function that signs with a secret: with `node:crypto` if the runtime has it, because WebCrypto moves each signature to
 * another thread, which takes ten times as long as the signature; otherwise with WebCrypto.
 */
export function createSign(secret: string): Sign {
  const nodeCrypto = findNodeCrypto()
  if (nodeCrypto) return (text) => nodeCrypto.createHmac('sha1', secret).update(text).digest('base64')

  const encoder = new TextEncoder()
  let signingKey: Promise<CryptoKey> | undefined
  return async (text) => {
    signingKey ??= crypto.subtle.importKey('raw', encoder.encode(secret), HMAC_SHA1, false, ['sign'])
    const signature = await crypto.subtle.sign('HMAC', await signingKey, encoder.encode(text))
    return btoa(String.fromCharCode(...new Uint8Array(signature)))
  }
}

/** Not an import: bundles for browsers and Workers have no `node:crypto`. */
function findNodeCrypto(): NodeCrypto | undefined {
  const { process } = globalThis as { process?: { getBuiltinModule?(name: string): NodeCrypto | undefined } }
  return process?.getBuiltinModule?.('node:crypto')
}

import { createHmac } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import { createSign } from '../../src/server/sign.js'

const SECRETS = ['secret', 'x'.repeat(200), '!"#$%&\'()*+,-./']
const expected = (secret: string, text: string) => createHmac('sha1', secret).update(text).digest('base64')

describe('createSign', () => {
  it.each<[runtime: string, process: unknown, signatures: number]>([
    ['Node', process, 0],
    ['Workers and browsers, which have no process', undefined, 6],
    ['a runtime with another process', { env: {} }, 6],
    ['a runtime without node:crypto', { getBuiltinModule: () => undefined }, 6],
  ])('returns the HMAC-SHA1 in %s', async (_, process, signatures) => {
    vi.stubGlobal('process', process)
    const signers = SECRETS.map((secret) => ({ secret, signText: createSign(secret) }))
    vi.unstubAllGlobals() // Vitest needs the process
    const sign = vi.spyOn(crypto.subtle, 'sign')
    for (const { secret, signText } of signers) {
      for (const text of ['1795485600:alice', '1795485600']) {
        expect(await signText(text)).toBe(expected(secret, text))
      }
    }
    expect(sign).toHaveBeenCalledTimes(signatures)
    sign.mockRestore()
  })
})

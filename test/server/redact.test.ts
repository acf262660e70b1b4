import { describe, expect, it } from 'vitest'
import { createRedact } from '../../src/server/redact.js'

describe('createRedact', () => {
  const secret = `aZ09-._~+/="'\\<&>$(^)[*]{|}?`
  /** A longer part of a text must not remain. `Bearer ` has nine digits in Base64, and shares a tenth. */
  const PART = 11
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const htmlOf = (text: string) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)

  it.each([
    ['itself', secret],
    ['in other letter case', secret.toUpperCase()],
    ['with the line end with which it was passed', `${secret}\n`],
    ['in JSON', JSON.stringify(`${secret}\n`)],
    ['in JSON with escaped slashes', JSON.stringify(secret).replaceAll('/', '\\/')],
    ['in the JSON of Go', JSON.stringify(secret).replaceAll('&', '\\u0026').replaceAll('<', '\\u003c')],
    ['in a URL', encodeURI(secret)],
    ['in a parameter of a URL', encodeURIComponent(secret)],
    ['in a URL inside a URL', encodeURIComponent(encodeURIComponent(secret))],
    ['in HTML', htmlOf(secret)],
    ['in HTML with names', secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')],
    ['in hexadecimal digits', Buffer.from(secret).toString('hex')],
    ['in Base64', base64(secret)],
    ['in Base64 of a header', base64(`Bearer ${secret}`)],
    ['in Base64 of a user and a password', base64(`me:${secret}\n`)],
    ['in Base64 for URLs', Buffer.from(secret).toString('base64url')],
    ['in Base64 in a URL', encodeURIComponent(base64(secret))],
  ])('removes the secret %s', (_, text) => {
    const redacted = createRedact(secret)(`token ${text} is unknown; ${text}`)
    expect(redacted).toMatch(/^token .*… ?.*is unknown; .*…/s)
    for (let start = 0; start + PART <= text.length; start++) {
      expect(redacted).not.toContain(text.slice(start, start + PART))
    }
  })

  it('leaves other texts unchanged', () => {
    const text = 'the token ab is not known (10000, %61, YWI=)'
    expect(createRedact(secret)(text)).toBe(text)
    expect(createRedact('ab')('YWI= stays, ab does not')).toBe('YWI= stays, … does not')
  })
})

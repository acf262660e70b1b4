import { describe, expect, it } from 'vitest'
import { readPasted } from '../../demo/read-pasted.js'

const SERVER = { urls: ['turn:turn.example.org:53'], username: 'u', credential: 'c' }

describe('the configuration that was pasted', () => {
  it.each([[{ iceServers: [SERVER] }], [[SERVER]], [SERVER]])(
    'is read as a list of servers, also with port 53: %j',
    (body) => {
      expect(readPasted(JSON.stringify(body))).toEqual([SERVER])
    },
  )

  it('is read in the format of a provider', () => {
    const body = { v: { iceServers: { urls: SERVER.urls, username: 'u', credential: 'c' } }, s: 'ok' }
    expect(readPasted(JSON.stringify(body))).toEqual([SERVER])
  })

  it('is not validated, because the test reports what is invalid', () => {
    expect(readPasted('[{ "urls": "turn:127.0.0.1:0" }]')).toEqual([{ urls: 'turn:127.0.0.1:0' }])
  })

  it.each([
    ['', /box is empty/],
    [' \n', /box is empty/],
    ['{"a":1}', /contains no ICE servers/],
    ['[]', /contains no ICE servers/],
    ['{"iceServers":[]}', /contains no ICE servers/],
    ['null', /contains no ICE servers/],
    ['7', /contains no ICE servers/],
    ["{ urls: 'turn:turn.example.org' }", /not JSON\..*double quotes/],
  ])('is rejected with what to correct: %s', (text, message) => {
    expect(() => readPasted(text)).toThrow(message)
  })

  it('is in no error message, because it contains a credential', () => {
    let message = ''
    try {
      readPasted('{"credential":"s3cret" x}')
    } catch (error) {
      message = String(error)
    }
    expect(message).toMatch(/not JSON/)
    expect(message).not.toMatch(/s3cret/)
  })
})

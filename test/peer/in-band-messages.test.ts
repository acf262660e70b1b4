/** Messages of the in-band channel, which a remote peer can write at will. */
import { describe, expect, it } from 'vitest'
import { readMessage } from '../../src/peer/in-band/messages.js'

describe('readMessage', () => {
  it.each([
    { type: 'hello', id: 0.5 },
    { type: 'offer', negotiation: 'n', sdp: 'v=0' },
    { type: 'answer', negotiation: 'n', sdp: 'v=0' },
    { type: 'candidate', negotiation: 'n', candidate: { candidate: '' } },
    { type: 'busy', negotiation: 'n' },
  ])('reads $type, without other members', (message) => {
    expect(readMessage(JSON.stringify({ ...message, extra: 1 }))).toEqual(message)
  })

  it.each([
    new ArrayBuffer(2),
    undefined,
    '',
    'hello',
    'null',
    '[]',
    '{"type":"hello"}',
    '{"type":"hello","id":"1"}',
    '{"type":"offer","sdp":"v=0"}',
    '{"type":"offer","negotiation":"n"}',
    '{"type":"answer","negotiation":"n","sdp":5}',
    '{"type":"candidate","negotiation":"n"}',
    '{"type":"candidate","negotiation":"n","candidate":"x"}',
    '{"type":"bye","negotiation":"n"}',
    '{"type":"bye","negotiation":"n","sdp":"v=0"}',
    '{"__proto__":{"type":"hello","id":1}}',
  ])('ignores %j', (data) => {
    expect(readMessage(data)).toBeUndefined()
  })
})

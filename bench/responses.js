/** Responses of a backend, as JSON values. */

/** The format of Cloudflare: two servers, eight URLs, two of them on port 53. */
export const CLOUDFLARE_RESPONSE = {
  iceServers: [
    { urls: ['stun:stun.cloudflare.com:3478', 'stun:stun.cloudflare.com:53'] },
    {
      urls: [
        'turn:turn.cloudflare.com:3478?transport=udp',
        'turn:turn.cloudflare.com:53?transport=udp',
        'turn:turn.cloudflare.com:3478?transport=tcp',
        'turn:turn.cloudflare.com:80?transport=tcp',
        'turns:turn.cloudflare.com:5349?transport=tcp',
        'turns:turn.cloudflare.com:443?transport=tcp',
      ],
      username:
        'bc91b63e2b5d759f8eb9f3b58062439e0a0e15893d76317d833265ad08d6631099ce7c7087caabb31ad3e1c386424e3e',
      credential:
        'ebd71f1d3edbc2b0edae3cd5a6d82284aeb5c3b8fdaa9b8e3bf9cec683e0d45fe9f5b44e5145db3300f06c250a15b4a0',
    },
  ],
  ttl: 3600,
}

/** Returns a response with `count` URLs. Each has a different host, so that none is dropped as a duplicate. */
export function responseWithUrls(count) {
  const urls = Array.from(
    { length: count },
    (_, index) => `turn:turn-${index}.example.org:3478?transport=udp`,
  )
  return { iceServers: [{ urls, username: 'user', credential: 'password' }], ttl: 3600 }
}

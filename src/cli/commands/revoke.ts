/** `turnkeeper revoke`: revokes Cloudflare credentials before they expire. */
import { cloudflareTurn, KEY_VARIABLES } from '../cloudflare.js'
import { asUsageError, type Command, EXIT, UsageError } from '../command.js'

export const revoke: Command = {
  name: 'revoke',
  summary: 'revokes Cloudflare TURN credentials before they expire',
  usage: '<username>',
  options: {},
  notes: KEY_VARIABLES,
  example: 'turnkeeper revoke 1767226200:user',
  async run({ positionals }, io) {
    const [username, ...others] = positionals
    if (username === undefined || others.length > 0) {
      throw new UsageError('pass the username of the credentials, and nothing else')
    }
    const turn = cloudflareTurn(io)
    await asUsageError(() => turn.revokeCredentials(username, { signal: io.signal }))
    io.print('revoked\n')
    return EXIT.success
  },
}

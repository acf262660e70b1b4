/** Attached connections of Firefox, whose servers are deferred. */
import type { AttachOptions } from '../../src/index.js'
import { createAttachedProvider } from './attached-provider.js'
import {
  answerOf,
  connectApp,
  type FakeDescription,
  FakeFirefoxConnection,
} from './fake-browser-connection.js'

/** Answers of a remote peer that cannot restart ICE. */
export const keepsIce = () => answerOf('r1')
/** Answers of one that can. */
export const restartsIce = (offers: number) => answerOf(`r${offers + 1}`)

/** Attaches a connection of Firefox, and records the servers that it has at each offer. */
export async function attachInFirefox(
  respond: (offers: number) => FakeDescription | undefined,
  options: AttachOptions<FakeFirefoxConnection> = {},
) {
  const created = await createAttachedProvider()
  const reports: string[] = []
  created.provider.on('restart', ({ cause, status }) => reports.push(`${cause} ${status}`))
  const pc = new FakeFirefoxConnection()
  const serversAtOffers: unknown[] = []
  connectApp(pc, (offers) => {
    serversAtOffers.push(pc.iceServers)
    return respond(offers)
  })
  const detach = created.attach(pc, options)
  return { ...created, pc, detach, reports, serversAtOffers }
}

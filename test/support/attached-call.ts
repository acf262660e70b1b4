/** Calls with a connection of the browser, attached to a provider. */
import type { RestartPolicy } from '../../src/index.js'
import { createAttachedProvider } from './attached-provider.js'
import {
  connectApp,
  FakeBrowserConnection,
  type FakeDescription,
  offerOf,
} from './fake-browser-connection.js'

/** A connection whose offer has been rolled back. */
export const rolledBack = { signalingState: 'stable', localDescription: offerOf('u1') }

/** Attaches a connection of the browser, whose remote peer responds to offers like this. */
export async function attachCall(
  respond: (offers: number) => FakeDescription | undefined,
  restartIce: RestartPolicy<FakeBrowserConnection> = 'relayed',
) {
  const created = await createAttachedProvider()
  const reports: string[] = []
  created.provider.on('restart', ({ cause, status }) => reports.push(`${cause} ${status}`))
  const pc = new FakeBrowserConnection()
  connectApp(pc, respond)
  const detach = created.attach(pc, { restartIce })
  const errorCodes = () => created.onError.mock.calls.map(([{ code }]) => code)
  return { ...created, pc, detach, reports, errorCodes }
}

/** Leaves the in-band channel out of the statistics that the app reads. */
import type { AttachableConnection } from '../../attachable-connection.js'
import { overrideMethod } from '../override-method.js'

interface StatsEntry {
  readonly id: string
  readonly type: string
  readonly label?: string
  readonly dataChannelsOpened?: number
}

/**
 * Makes `getStats()` resolve with a `Map` without the channel, which has the members of an `RTCStatsReport`.
 *
 * @returns a function that restores the method.
 */
export function hideChannelStats(connection: AttachableConnection, label: string): () => void {
  return overrideMethod(
    connection as Required<AttachableConnection>,
    'getStats',
    (getStats) =>
      async (...args) => {
        const report = await getStats(...args)
        const visible = new Map<string, StatsEntry>()
        report.forEach((value) => {
          const entry = value as StatsEntry
          if (entry.type === 'data-channel' && entry.label === label) return
          const { dataChannelsOpened } = entry
          const counted = dataChannelsOpened
            ? { ...entry, dataChannelsOpened: dataChannelsOpened - 1 }
            : entry
          visible.set(entry.id, counted)
        })
        return visible
      },
  )
}

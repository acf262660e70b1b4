import type { RTCIceServer } from '../config/ice-server.js'
import { type IceServerProbeResult, probe } from './probe-url.js'

/** How many URLs are tested at the same time: a browser slows down with many connections. */
const PARALLEL = 4

const MAX_TIMEOUT_MS = 2 ** 31 - 1

/** What {@link testIceServers} found of one URL. It holds no credential. */
export interface IceServerReport extends IceServerProbeResult {
  /** The URL, as it was given. */
  readonly url: string
  /**
   * From the start to the verdict, in ms. It takes a browser several round trips and some time of its own, so this is
   * not the way to compare servers.
   */
  readonly elapsedMs: number
}

/** Options of {@link testIceServers}. */
export interface TestIceServersOptions {
  /** Time for each URL to give a candidate. Firefox takes 11 s to give up over UDP. @defaultValue 10 000 */
  timeoutMs?: number
  /** Ends the test. */
  signal?: AbortSignal
  /** Is told of each URL when it is done, with its place in the list of all. */
  onProgress?: (report: IceServerReport, index: number) => void
}

/**
 * Tests each URL by itself, four at a time, with connections of its own: whether the server answers, whether it gives
 * a candidate, and for TURN whether messages come through. A server with a fault rejects nothing: its report says
 * what is wrong. Takes allocations on the servers, and gives them back.
 *
 * @returns a report for each URL, in their order.
 * @throws {@link IceServerError} `ERR_ABORTED` when the signal fires; TypeError where there is no
 * `RTCPeerConnection`, and for a wrong list or time; what `onProgress` throws.
 *
 * @example
 * ```ts
 * for (const { url, verdict, message } of await testIceServers(await provider.getIceServers())) {
 *   console.info(url, verdict, message)
 * }
 * ```
 */
export async function testIceServers(
  iceServers: readonly RTCIceServer[],
  { timeoutMs = 10_000, signal, onProgress }: TestIceServersOptions = {},
): Promise<IceServerReport[]> {
  if (!globalThis.RTCPeerConnection) throw new TypeError('there is no RTCPeerConnection here')
  if (!Array.isArray(iceServers)) throw new TypeError('iceServers: is not a list')
  if (!(timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS))
    throw new TypeError('timeoutMs: is not a positive time')

  const reports: IceServerReport[] = []
  const waiting = iceServers.flatMap(oneUrlEach).entries()
  const stopped = new AbortController()
  const stop = () => stopped.abort(signal?.reason)
  signal?.addEventListener('abort', stop)
  if (signal?.aborted) stop()
  const work = async () => {
    for (const [index, server] of waiting) {
      const startedAt = performance.now()
      const finding = await probe(server, timeoutMs, stopped.signal)
      const report = { url: String(server.urls), ...finding, elapsedMs: performance.now() - startedAt }
      reports[index] = report
      onProgress?.(report, index)
    }
  }
  try {
    await Promise.all(Array.from({ length: PARALLEL }, work))
    return reports
  } finally {
    signal?.removeEventListener('abort', stop)
    stop()
  }
}

function oneUrlEach(server: RTCIceServer): (RTCIceServer & { urls: string })[] {
  return [server?.urls].flat().map((urls) => ({ ...server, urls }))
}

/** Tests the ICE servers of a configuration from this browser. */
import { abortReasonOf, abortWith } from '../abortable.js'
import type { RTCIceServer } from '../config/ice-server.js'
import { assertKnownOptions, assertOption } from '../option-checks.js'
import { type IceServerProbeResult, probeUrl, type SingleUrlServer } from './probe-url.js'

/** Maximum number of URLs that are tested at the same time: many connections slow down a browser. */
const MAX_CONCURRENT_PROBES = 4

const MAX_TIMEOUT_MS = 2 ** 31 - 1

/** Report of {@link testIceServers} on one URL. Contains no credential. @group Diagnostics */
export interface IceServerReport extends IceServerProbeResult {
  /** The URL as it is in the list. */
  readonly url: string
  /**
   * Time from the start to the verdict, in ms. It contains several round trips and delays of the browser, so it is
   * not suited to compare servers.
   */
  readonly elapsedMs: number
}

/** Options of {@link testIceServers}. @expand @group Diagnostics */
export interface TestIceServersOptions {
  /** Time limit for the candidate of each URL. Firefox gives up after 11 s over UDP. @defaultValue 10 000 */
  timeoutMs?: number
  /** Aborts the test. */
  signal?: AbortSignal
  /** Called when the test of a URL completes, with its index among all URLs. */
  onProgress?: (report: IceServerReport, index: number) => void
}

const OWNER = 'testIceServers'
const OPTION_NAMES: readonly (keyof TestIceServersOptions)[] = ['timeoutMs', 'signal', 'onProgress']

/**
 * Tests each URL separately, four at a time, with connections of its own: whether the server responds, whether the
 * browser receives a candidate, and for TURN whether messages are relayed. Resolves with one report for each URL, in
 * their order; an error of a server is part of its report. Creates allocations on TURN servers and releases them.
 *
 * @throws {@link IceServerError} `ERR_ABORTED` when the signal aborts; what `onProgress` throws.
 * @throws TypeError without `RTCPeerConnection`, for an invalid list or option, and for an unknown option.
 *
 * @example
 * ```ts
 * for (const { url, verdict, message } of await testIceServers(await provider.getIceServers())) {
 *   console.info(url, verdict, message)
 * }
 * ```
 * @group Diagnostics
 */
export async function testIceServers(
  iceServers: readonly RTCIceServer[],
  options: TestIceServersOptions = {},
): Promise<IceServerReport[]> {
  assertKnownOptions(OWNER, options, OPTION_NAMES)
  const { timeoutMs = 10_000, signal, onProgress } = options
  if (!globalThis.RTCPeerConnection)
    throw new TypeError(`${OWNER}: RTCPeerConnection is not available in this environment; call it in a page`)
  assertOption(Array.isArray(iceServers), OWNER, 'iceServers', 'an array of RTCIceServer', iceServers)
  const isTimeout = timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS
  assertOption(isTimeout, OWNER, 'timeoutMs', 'a positive number of milliseconds', timeoutMs)

  const reports: IceServerReport[] = []
  const pendingServers = iceServers.flatMap(splitByUrl).entries()
  const controller = new AbortController()
  const stop = () => abortWith(controller, abortReasonOf(signal))
  signal?.addEventListener('abort', stop)
  if (signal?.aborted) stop()
  const runWorker = async () => {
    for (const [index, server] of pendingServers) {
      const startedAt = performance.now()
      const result = await probeUrl(server, timeoutMs, controller.signal)
      const report = { url: String(server.urls), ...result, elapsedMs: performance.now() - startedAt }
      reports[index] = report
      onProgress?.(report, index)
    }
  }
  try {
    await Promise.all(Array.from({ length: MAX_CONCURRENT_PROBES }, runWorker))
    return reports
  } finally {
    signal?.removeEventListener('abort', stop)
    stop()
  }
}

function splitByUrl(server: RTCIceServer): SingleUrlServer[] {
  return [server?.urls].flat().map((urls) => ({ ...server, urls }))
}

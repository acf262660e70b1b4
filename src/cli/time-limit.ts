/** Limits the time of a step. */

/**
 * Resolves with the result of a function. Its signal aborts with a `TimeoutError` when the time has elapsed, or when the other
 * signal aborts; then this rejects with the reason, whether the function respects its signal or not. Not `AbortSignal.any()`:
 * in Node 20 its sources can be collected before they abort.
 */
export async function withTimeLimit<T>(
  outer: AbortSignal,
  timeoutMs: number,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  outer.throwIfAborted()
  const controller = new AbortController()
  const { signal } = controller
  const abort = () => controller.abort(outer.reason)
  const elapse = () => controller.abort(new DOMException('the time has elapsed', 'TimeoutError'))
  const timer = setTimeout(elapse, timeoutMs)
  outer.addEventListener('abort', abort)
  try {
    return await new Promise<T>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason))
      run(signal).then(resolve, reject)
    })
  } finally {
    clearTimeout(timer)
    outer.removeEventListener('abort', abort)
  }
}

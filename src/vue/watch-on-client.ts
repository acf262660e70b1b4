/** A watcher that runs in the browser only, after the component is mounted. */
import { ref, watch, watchPostEffect } from 'vue'

/**
 * Calls back with a value after the component is mounted, and when the value changes. On a server it never does, and on the client it
 * does after hydration: both render the same. What the callback reads is not tracked: it starts requests, which call functions of the app.
 */
export function watchOnClient<T>(
  read: () => T,
  callback: (value: T, onCleanup: (cleanup: () => void) => void) => void,
): void {
  const isMounted = ref(false) // a shallow ref would call back whenever something that `read` reads changes
  watchPostEffect(() => {
    isMounted.value = true // a post effect does not run on a server
  })
  watch(
    [isMounted, read] as const,
    ([isMountedNow, value], _, onCleanup) => {
      if (isMountedNow) callback(value, onCleanup)
    },
    { flush: 'post' },
  )
}

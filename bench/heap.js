/** The size of the heap. */
import { getHeapStatistics } from 'node:v8'

/** Returns the bytes on the heap, including garbage. */
export function usedBytes() {
  return getHeapStatistics().used_heap_size
}

/** Resolves with the bytes on the heap that are reachable. Requires `--expose-gc`. */
export async function heldBytes() {
  // Finalization callbacks run in a later task. What they release is collected the next time.
  for (let round = 0; round < 3; round++) {
    globalThis.gc()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  globalThis.gc()
  return usedBytes()
}

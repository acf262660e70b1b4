import { getHeapStatistics } from 'node:v8'

/** Bytes on the heap, garbage too. */
export function usedBytes() {
  return getHeapStatistics().used_heap_size
}

/** Bytes on the heap that something holds. Needs `--expose-gc`. */
export async function heldBytes() {
  // What a collected object was registered for is let go of in a later task, and gone with the next collection.
  for (let times = 0; times < 3; times++) {
    globalThis.gc()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  globalThis.gc()
  return usedBytes()
}

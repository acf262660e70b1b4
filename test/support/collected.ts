/** Garbage collection on demand, for tests of leaks. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Collects garbage several times, because a collection can leave work for the next turn of the event loop. */
export async function collect(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
  }
}

/** Resolves with the names of the objects that are still reachable after a collection. */
export async function stillReachable(
  references: Readonly<Record<string, WeakRef<object>>>,
): Promise<string[]> {
  await collect()
  return Object.keys(references).filter((name) => references[name]?.deref() !== undefined)
}

/** Resolves with the bytes in use after a collection. */
export async function heapInUse(): Promise<number> {
  await collect()
  return process.memoryUsage().heapUsed
}

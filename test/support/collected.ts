import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** Collects garbage, and waits for what a collection leaves for the next turn. */
export async function collect(): Promise<void> {
  for (let round = 0; round < 5; round++) {
    await new Promise((resolve) => setImmediate(resolve))
    collectGarbage()
  }
}

/** Which of them are still held by something. */
export async function stillReachable(
  references: Readonly<Record<string, WeakRef<object>>>,
): Promise<string[]> {
  await collect()
  return Object.keys(references).filter((name) => references[name]?.deref() !== undefined)
}

/** The bytes in use after a collection. */
export async function heapInUse(): Promise<number> {
  await collect()
  return process.memoryUsage().heapUsed
}

/** Waits in real time. */

/** Resolves after this time. */
export const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Resolves when the condition is true. The timeout is the one of the test. */
export async function until(condition: () => unknown): Promise<void> {
  while (!condition()) await wait(50)
}

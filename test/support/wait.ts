export const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Waits for what happens outside of the page. */
export async function until(condition: () => unknown): Promise<void> {
  while (!condition()) await wait(50)
}

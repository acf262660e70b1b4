/** Options that a component writes anew in every render, and when they count as changed. */

type Options = Readonly<Record<string, unknown>>

/** Returns a string that changes when a value in the arguments changes. Functions count as the same. */
export function keyOf(...values: readonly unknown[]): string {
  return JSON.stringify(values, (_, value: unknown) => {
    if (typeof value === 'function') return 'function'
    return value instanceof Headers ? [...value] : value
  })
}

/** Returns a value whose functions call those that are at the same place in the newest value. */
export function withNewestFunctions<T>(value: T, readNewest: () => unknown): T {
  if (typeof value === 'function') {
    const follower = (...args: unknown[]) => (readNewest() as (...args: unknown[]) => unknown)(...args)
    return Object.assign(follower, value) // with the `reason` of a `UrlFilter`
  }
  if (!Array.isArray(value)) return value
  return value.map((item, index) =>
    withNewestFunctions(item, () => (readNewest() as readonly unknown[])[index]),
  ) as T
}

/** Returns options whose functions call those of the newest options. */
export function followOptions<T extends object>(options: T, readNewest: () => T): T {
  const entries = Object.entries(options).map(([name, value]) => [
    name,
    withNewestFunctions(value, () => (readNewest() as Options)[name]),
  ])
  return Object.fromEntries(entries) as T
}

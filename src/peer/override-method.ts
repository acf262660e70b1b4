/** Overrides a method of one connection for a while. */

// biome-ignore lint/suspicious/noExplicitAny: a method of any signature
type Method = (...args: any[]) => unknown

/**
 * Overrides a method of one object. The prototype and other objects stay as they are.
 *
 * @param create - Returns the new method, given the previous one.
 * @returns a function that restores the previous method, unless other code has overridden it in the meantime.
 */
export function overrideMethod<Name extends string, M extends Method>(
  target: { [name in Name]: M },
  name: Name,
  create: (previous: M) => M,
): () => void {
  const isOwn = Object.hasOwn(target, name)
  const previous = target[name]
  const replacement = create(previous.bind(target) as M)
  target[name] = replacement
  return () => {
    if (target[name] !== replacement) return
    if (isOwn) target[name] = previous
    else Reflect.deleteProperty(target, name)
  }
}

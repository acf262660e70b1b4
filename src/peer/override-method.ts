/** Overrides a method of one connection for a while. */

/**
 * Overrides a method of one object. The prototype and other objects stay as they are.
 *
 * @param create - Returns the new method, given the previous one.
 * @returns a function that restores the previous method, unless other code has overridden it in the meantime.
 */
export function overrideMethod<Target extends object, Name extends keyof Target>(
  target: Target,
  name: Name,
  create: (previous: Target[Name]) => Target[Name],
): () => void {
  const isOwn = Object.getOwnPropertyDescriptor(target, name) !== undefined
  const previous = target[name]
  const bound = (previous as (...args: never[]) => unknown).bind(target)
  const replacement = create(bound as Target[Name])
  target[name] = replacement
  return () => {
    if (target[name] !== replacement) return
    if (isOwn) target[name] = previous
    else Reflect.deleteProperty(target, name)
  }
}

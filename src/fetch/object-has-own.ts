/** Defines `Object.hasOwn`, which ky calls for each request, where the engine lacks it. */

/** Chromium before 93, Firefox before 92 and Safari before 15.4 lack it (ES2022). */
export function defineHasOwn(): void {
  const value = (target: object, name: PropertyKey) =>
    Object.getOwnPropertyDescriptor(target, name) !== undefined
  if (!Object.hasOwn) Object.defineProperty(Object, 'hasOwn', { value, configurable: true, writable: true })
}

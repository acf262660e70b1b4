/** Lets an object be disposed of, also in engines and with compilers that have no `Symbol.dispose`. */

declare global {
  // TypeScript before 5.2 has no lib for it, and an app may use a lib without it.
  interface SymbolConstructor {
    readonly dispose: unique symbol
  }
}

/** Defines `Symbol.dispose` of an object. Without `Symbol.dispose` a computed method would be named `undefined`. */
export function defineDispose(target: object, dispose: () => void): void {
  if (Symbol.dispose) Object.defineProperty(target, Symbol.dispose, { value: dispose })
}

/** `Symbol.dispose`, also for engines and compilers without it. */

declare global {
  // TypeScript before 5.2 has no lib for it, and an app may use a lib without it.
  interface SymbolConstructor {
    readonly dispose: unique symbol
  }
}

/** Without `Symbol.dispose` another symbol: a computed member would be named `undefined`. */
export const dispose: typeof Symbol.dispose = Symbol.dispose ?? Symbol.for('Symbol.dispose')

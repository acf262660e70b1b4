/** A reactive value that is set. */
import { fromStore, writable } from 'svelte/store'
import type { ReactiveValue } from './reactive-value.js'

/** A value that notifies what follows it only when it is replaced by another one; a store does so for the same object, too. */
export class ChangingValue<T> implements ReactiveValue<T> {
  readonly #store
  readonly #reactive
  #newest: T

  constructor(initial: T) {
    this.#newest = initial
    this.#store = writable(initial)
    this.#reactive = fromStore(this.#store)
  }

  get current(): T {
    return this.#reactive.current
  }

  set(value: T): void {
    if (value === this.#newest) return
    this.#newest = value
    this.#store.set(value)
  }
}

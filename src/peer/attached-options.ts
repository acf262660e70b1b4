/** The options of one connection, which can be attached several times. */
import type { RestartPolicy } from '../attachable-connection.js'
import type { AfterExpiry } from '../config/after-expiry.js'
import type { ResolvedAttachOptions } from './attachment-handlers.js'
import { type RestartCondition, restartConditionOf } from './restart-policy.js'

/** One set of options for each time that the connection is attached. */
export class AttachedOptions {
  #all: readonly ResolvedAttachOptions[] = []

  get isEmpty(): boolean {
    return this.#all.length === 0
  }

  add(options: ResolvedAttachOptions): void {
    this.#all = [...this.#all, options]
  }

  remove(options: ResolvedAttachOptions): void {
    this.#all = this.#all.filter((other) => other !== options)
  }

  clear(): void {
    this.#all = []
  }

  /** The strongest condition. */
  get condition(): RestartCondition {
    return restartConditionOf(this.#all.map(({ restartIce }) => restartIce))
  }

  /** The function of the app that performs the restarts. */
  get restartFunction(): Extract<RestartPolicy, (...args: never[]) => unknown> | undefined {
    return this.#all.map(({ restartIce }) => restartIce).find((policy) => typeof policy === 'function')
  }

  get afterExpiry(): readonly (AfterExpiry | undefined)[] {
    return this.#all.map(({ afterExpiry }) => afterExpiry)
  }
}

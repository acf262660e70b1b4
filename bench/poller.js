/**
 * The baseline of the sizes: roughly the minimum that an app can write, similar to TurnServerSource of hydrogen-web. It
 * polls once per lifetime while it has listeners, and notifies them of changed servers. It has no refresh margin, no
 * backoff, no validation, and does nothing for live connections.
 */
export class TurnServerPoller {
  #url
  #listeners = new Set()
  #timer
  #request
  #current

  constructor(url) {
    this.#url = url
  }

  get current() {
    return this.#current
  }

  async getIceServers() {
    return this.#current ?? (await this.#poll())
  }

  subscribe(listener) {
    this.#listeners.add(listener)
    if (this.#listeners.size === 1) this.#poll().catch(() => {})
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.stop()
    }
  }

  stop() {
    clearTimeout(this.#timer)
    this.#request?.abort()
    this.#current = undefined
  }

  async #poll() {
    clearTimeout(this.#timer)
    this.#request = new AbortController()
    let ttl = 300
    try {
      const response = await fetch(this.#url, { signal: this.#request.signal })
      if (!response.ok) throw new Error(`status ${response.status}`)
      const body = await response.json()
      ttl = body.ttl || ttl
      this.#apply(body.iceServers)
      return body.iceServers
    } finally {
      const hasListeners = this.#listeners.size > 0
      if (hasListeners) this.#timer = setTimeout(() => this.#poll().catch(() => {}), ttl * 1000)
    }
  }

  #apply(iceServers) {
    const haveChanged = JSON.stringify(iceServers) !== JSON.stringify(this.#current)
    this.#current = iceServers
    if (haveChanged) for (const listener of this.#listeners) listener(iceServers)
  }
}

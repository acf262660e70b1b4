/**
 * The floor of the sizes: about the least that an app can write, in the manner of hydrogen-web's TurnServerSource.
 * It polls while somebody listens, once a lifetime, and tells of other servers. No margin, no back-off, no check of
 * what came, nothing for live connections.
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
      const answer = await response.json()
      ttl = answer.ttl || ttl
      this.#take(answer.iceServers)
      return answer.iceServers
    } finally {
      const isWanted = this.#listeners.size > 0
      if (isWanted) this.#timer = setTimeout(() => this.#poll().catch(() => {}), ttl * 1000)
    }
  }

  #take(iceServers) {
    const isNew = JSON.stringify(iceServers) !== JSON.stringify(this.#current)
    this.#current = iceServers
    if (isNew) for (const listener of this.#listeners) listener(iceServers)
  }
}

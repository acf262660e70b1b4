/** A vite plugin that compiles Svelte components, for the demo and the tests. */
import type { Plugin } from 'vite'

/** Compiles for the client, and for the server in an environment of Vite that is not the client. */
export function svelteCompiler(): Plugin {
  return {
    name: 'turnkeeper-svelte-compiler',
    enforce: 'pre',
    async transform(code, filename) {
      if (!filename.endsWith('.svelte')) return
      const { compile } = await import('svelte/compiler')
      const generate = this.environment.name === 'client' ? 'client' : 'server'
      return compile(code, { filename, generate, dev: true }).js as { code: string }
    },
  }
}

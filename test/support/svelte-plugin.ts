/** Compiles Svelte components in the tests. */
import type { Plugin } from 'vite'

const CLIENT_FILES: Readonly<Record<string, string>> = {
  svelte: 'index-client.js',
  'svelte/reactivity': 'reactivity/index-client.js',
  'svelte/store': 'store/index-client.js',
}

/** Compiles Svelte components for the environment of the test: for the client in tests with a DOM, otherwise for the server. */
export function svelte(): Plugin {
  return {
    name: 'svelte-in-tests',
    enforce: 'pre',
    resolveId(id) {
      const file = CLIENT_FILES[id]
      if (!file || this.environment.name !== 'client') return
      return new URL(`../../node_modules/svelte/src/${file}`, import.meta.url).pathname
    },
    async transform(code, filename) {
      if (!filename.endsWith('.svelte')) return
      const { compile } = await import('svelte/compiler')
      const generate = this.environment.name === 'client' ? 'client' : 'server'
      return compile(code, { filename, generate, dev: true }).js as { code: string }
    },
  }
}

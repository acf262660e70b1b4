/** Compiles Svelte components in the tests. */
import type { Plugin } from 'vite'
import { svelteCompiler } from '../../demo/svelte-compiler.js'

const CLIENT_FILES: Readonly<Record<string, string>> = {
  svelte: 'index-client.js',
  'svelte/reactivity': 'reactivity/index-client.js',
  'svelte/store': 'store/index-client.js',
}

/** Compiles Svelte components for the environment of the test: for the client in tests with a DOM, otherwise for the server. */
export function svelte(): Plugin {
  return {
    ...svelteCompiler(),
    resolveId(id) {
      const file = CLIENT_FILES[id]
      if (!file || this.environment.name !== 'client') return
      return new URL(`../../node_modules/svelte/src/${file}`, import.meta.url).pathname
    },
  }
}

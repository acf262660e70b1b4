/** The vite configuration of the demo, for `npm start` and for the tests. */
import type { InlineConfig } from 'vite'
import { type BackendOptions, backend } from './backend.js'
import { pageFrame } from './page-frame.js'
import { libp2pRelay } from './recipes/libp2p-relay.js'
import { peerServer } from './recipes/peer-server.js'
import { scriptTag } from './script-tag.js'
import { svelteCompiler } from './svelte-compiler.js'

/** Returns the configuration of a dev server with its own backend. */
export function demoConfig(options: BackendOptions = {}): InlineConfig {
  return {
    configFile: false,
    root: new URL('.', import.meta.url).pathname,
    cacheDir: new URL('../node_modules/.vite-demo', import.meta.url).pathname,
    server: { host: '127.0.0.1' },
    resolve: { alias: Object.fromEntries(['/react', '/vue', '/svelte', ''].map(sourceAlias)) },
    define: VUE_FLAGS,
    optimizeDeps: { include: ['svelte/internal/client', 'svelte/internal/disclose-version'] }, // of compiled components
    plugins: [pageFrame(), backend(options), scriptTag(), svelteCompiler(), peerServer(), libp2pRelay()],
    clearScreen: false,
  }
}

/** Without them Vue warns on the console. */
const VUE_FLAGS = {
  __VUE_OPTIONS_API__: 'false',
  __VUE_PROD_DEVTOOLS__: 'false',
  __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
}

/** The demo uses the source of an entry. Vite takes the first alias that fits. */
function sourceAlias(entry: string): [name: string, path: string] {
  return [`turnkeeper${entry}`, new URL(`../src${entry}/index.ts`, import.meta.url).pathname]
}

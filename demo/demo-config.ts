/** The vite configuration of the demo, for `npm start` and for the tests. */
import type { InlineConfig } from 'vite'
import { type BackendOptions, backend } from './backend.js'
import { pageFrame } from './page-frame.js'
import { libp2pRelay } from './recipes/libp2p-relay.js'
import { peerServer } from './recipes/peer-server.js'
import { scriptTag } from './script-tag.js'

/** Returns the configuration of a dev server with its own backend. */
export function demoConfig(options: BackendOptions = {}): InlineConfig {
  return {
    configFile: false,
    root: new URL('.', import.meta.url).pathname,
    cacheDir: new URL('../node_modules/.vite-demo', import.meta.url).pathname,
    server: { host: '127.0.0.1' },
    resolve: { alias: { 'turnkeeper/react': sourceOf('react/index.ts'), turnkeeper: sourceOf('index.ts') } },
    plugins: [pageFrame(), backend(options), scriptTag(), peerServer(), libp2pRelay()],
    clearScreen: false,
  }
}

function sourceOf(file: string): string {
  return new URL(`../src/${file}`, import.meta.url).pathname
}

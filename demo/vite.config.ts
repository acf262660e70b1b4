import { defineConfig } from 'vite'
import { backend } from './backend.js'
import { scriptTag } from './script-tag.js'

export default defineConfig({
  root: new URL('.', import.meta.url).pathname,
  cacheDir: new URL('../node_modules/.vite-demo', import.meta.url).pathname,
  server: { host: '127.0.0.1' },
  resolve: { alias: { turnkeeper: new URL('../src/index.ts', import.meta.url).pathname } },
  plugins: [backend(), scriptTag()],
  clearScreen: false,
})

/** Bundles the apps of `test/apps` with their libraries, for pages. */
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/** Resolves with the script of a file in `test/apps`, as a classic script or as a module. */
export async function bundleApp(fileName: string, format: 'iife' | 'es'): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { turnkeeper: fileURLToPath(new URL('../../dist/index.js', import.meta.url)) } },
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      minify: false,
      lib: {
        entry: fileURLToPath(new URL(`../apps/${fileName}`, import.meta.url)),
        formats: [format],
        name: 'libraryApps',
      },
    },
  })
  const [output] = [result].flat()
  if (!output || !('output' in output)) throw new Error('Vite returned no output')
  return output.output[0].code
}

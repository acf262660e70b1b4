/** A vite plugin that serves `/turnkeeper.js`, the file for a script tag. */
import { build, type Plugin } from 'vite'

/** Bundles the sources for every request, so that the demo does not need `npm run build`. */
export function scriptTag(): Plugin {
  return {
    name: 'turnkeeper-demo-script-tag',
    configureServer({ middlewares }) {
      middlewares.use('/turnkeeper.js', (_, response, next) => {
        bundle().then(
          (code) => response.setHeader('content-type', 'text/javascript').end(code),
          (error) => next(error),
        )
      })
    },
  }
}

async function bundle(): Promise<string> {
  const entry = new URL('../src/index.ts', import.meta.url).pathname
  const built = await build({
    configFile: false,
    publicDir: false,
    logLevel: 'error',
    build: { write: false, minify: false, lib: { entry, formats: ['umd'], name: 'TurnKeeper' } },
  })
  const [file] = Array.isArray(built) ? built.flatMap(({ output }) => output) : []
  if (file?.type !== 'chunk') throw new Error('vite did not return a script')
  return file.code
}

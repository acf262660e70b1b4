import { chmodSync } from 'node:fs'
import commonjs from '@rollup/plugin-commonjs'
import nodeResolve from '@rollup/plugin-node-resolve'
import terser from '@rollup/plugin-terser'
import typescript from '@rollup/plugin-typescript'

/** The package's own modules, one for one, with the dependencies left to the app's bundler. */
const modules = {
  input: Object.fromEntries(
    ['index', 'server/index', 'react/index', 'vue/index', 'svelte/index'].map((name) => [
      name,
      `src/${name}.ts`,
    ]),
  ),
  external: ['eventemitter3', 'ky', 'react', 'vue', /^svelte(\/|$)/],
  plugins: [typescript({ compilerOptions: { outDir: 'dist', declaration: true } })],
  output: {
    dir: 'dist',
    format: 'es',
    preserveModules: true,
    preserveModulesRoot: 'src',
    banner: (chunk) => markAsClient(chunk),
  },
}

/** Frameworks with server components, such as Next.js, run hooks in client components only. */
const markAsClient = ({ fileName }) => (fileName === 'react/index.js' ? "'use client'" : '')

/** npm makes the command executable when it installs the package, but not in this repository. */
const makeExecutable = { name: 'make-executable', writeBundle: ({ file }) => chmodSync(file, 0o755) }

/** The command, in one file. It uses the package like an app does. */
const command = {
  input: 'src/cli/main.ts',
  external: [/^node:/, 'turnkeeper', 'turnkeeper/server'],
  plugins: [typescript({ tsconfig: 'src/cli/tsconfig.json' }), makeExecutable],
  output: { file: 'dist/cli.js', format: 'es' },
}

const umd = { format: 'umd', name: 'TurnKeeper' }

/** One file for a script tag, with everything in it. */
const scriptTag = {
  input: 'src/index.ts',
  plugins: [
    nodeResolve({ browser: true }),
    commonjs(),
    typescript({ compilerOptions: { declaration: false, isolatedDeclarations: false } }),
  ],
  output: [
    { ...umd, file: 'dist/turnkeeper.umd.js' },
    {
      ...umd,
      file: 'dist/turnkeeper.umd.min.js',
      plugins: [terser({ ecma: 2020, keep_classnames: true, compress: { passes: 3, inline: 1 } })],
    },
  ],
}

export default [modules, command, scriptTag]

/** A vite plugin that inserts the parts that several pages share. */
import { readFileSync } from 'node:fs'
import type { Plugin } from 'vite'

const PAGES = {
  '/': 'Calls',
  '/diagnostics.html': 'Test ICE servers',
  '/recipes/': 'Recipes',
  '/react/': 'React',
  '/vue/': 'Vue',
  '/svelte/': 'Svelte',
  '/script-tag.html': 'Script tag',
}

const ICON =
  "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><circle cx='8' cy='8' r='6' fill='none' stroke='teal' stroke-width='3' stroke-dasharray='28 10'/></svg>"

const README = '/README.md'

/** The shared parts. A page has a comment with the name of the part and its argument, such as `<!-- code recipes/plain.ts -->`. */
const PARTS: Readonly<Record<string, (path: string, argument: string) => string>> = {
  head: () => `<meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <meta name="color-scheme" content="light dark" />
    <link rel="icon" href="data:image/svg+xml,${ICON}" />
    <link rel="stylesheet" href="/style.css" />
    <link rel="stylesheet" href="/components.css" />`,

  pages: (path) => {
    const links = Object.entries(PAGES).map(([href, name]) => {
      const isCurrent = href === path || (href.length > 1 && path.startsWith(href))
      const current = isCurrent ? ` aria-current="${href === path ? 'page' : 'true'}"` : ''
      return `<a href="${href}"${current}>${name}</a>`
    })
    return `<nav aria-label="Pages"><a class="brand" href="/">turnkeeper</a>\n${links.join('\n')}</nav>`
  },

  footer: () => `<footer>
      <span><code>npm install turnkeeper</code> (after publication)</span>
      <a href="${README}">README</a>
    </footer>`,

  code: (_, file) => `<section class="full-width" aria-labelledby="code-title">
      <h2 id="code-title">The code that runs: <code>demo/${file}</code></h2>
      <pre tabindex="0" role="group" aria-label="Source"><code>${escapeHtml(read(file))}</code></pre>
    </section>`,

  call: () => `<section aria-label="Call">
      <p class="renewals">Credentials renewed <strong><output id="refreshes" aria-live="off">0</output>×</strong></p>
      <dl class="state">
        <div><dt>Connection</dt><dd><output id="state">new</output></dd></div>
        <div><dt>Selected pair</dt><dd><output id="selected-pair" aria-live="off">–</output></dd></div>
        <div><dt>Messages received</dt><dd><output id="received" aria-live="off">0</output></dd></div>
        <div><dt>Messages since the first credentials expired</dt><dd><output id="received-after-expiry" aria-live="off">not yet</output></dd></div>
      </dl>
      <p id="error" role="alert" hidden></p>
    </section>`,
}

const read = (file: string) => readFileSync(new URL(file, import.meta.url), 'utf8')

const escapeHtml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

export function pageFrame(): Plugin {
  return {
    name: 'turnkeeper-demo-page-frame',
    configureServer({ middlewares }) {
      middlewares.use(README, (_, response) => {
        response.setHeader('content-type', 'text/plain; charset=utf-8').end(read('../README.md'))
      })
    },
    transformIndexHtml: {
      order: 'pre',
      handler: (html, { path }) =>
        html.replace(
          /<!-- (\w+)(?: (\S+))? -->/g,
          (comment, name, argument = '') =>
            PARTS[name]?.(path.replace(/index\.html$/, ''), argument) ?? comment,
        ),
    },
  }
}

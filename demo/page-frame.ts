/** A vite plugin that inserts the parts that several pages share. */
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

/** The shared parts. A page has a comment with the name of the part, such as `<!-- head -->`. */
const PARTS: Readonly<Record<string, (path: string) => string>> = {
  head: () => `<meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <meta name="color-scheme" content="light dark" />
    <link rel="icon" href="data:image/svg+xml,${ICON}" />
    <link rel="stylesheet" href="/style.css" />`,

  pages: (path) => {
    const links = Object.entries(PAGES).map(([href, name]) => {
      const isCurrent = href === path || (href.length > 1 && path.startsWith(href))
      const current = isCurrent ? ` aria-current="${href === path ? 'page' : 'true'}"` : ''
      return `<a href="${href}"${current}>${name}</a>`
    })
    return `<nav aria-label="Pages">${links.join('\n')}</nav>`
  },

  call: () => `<section aria-label="Call">
      <dl class="state">
        <div><dt>Connection</dt><dd><output id="state">new</output></dd></div>
        <div><dt>Selected pair</dt><dd><output id="selected-pair" aria-live="off">–</output></dd></div>
        <div><dt>Credentials refreshed</dt><dd><output id="refreshes" aria-live="off">0</output></dd></div>
        <div><dt>Messages received</dt><dd><output id="received" aria-live="off">0</output></dd></div>
        <div><dt>After the first credentials expired</dt><dd><output id="received-after-expiry" aria-live="off">0</output></dd></div>
      </dl>
      <p id="error" role="alert" hidden></p>
    </section>`,
}

export function pageFrame(): Plugin {
  return {
    name: 'turnkeeper-demo-page-frame',
    transformIndexHtml: {
      order: 'pre',
      handler: (html, { path }) =>
        html.replace(
          /<!-- (\w+) -->/g,
          (comment, name) => PARTS[name]?.(path.replace(/index\.html$/, '')) ?? comment,
        ),
    },
  }
}

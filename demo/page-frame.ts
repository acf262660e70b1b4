import type { Plugin } from 'vite'

const PAGES = {
  '/': 'Calls',
  '/diagnostics.html': 'Test ICE servers',
  '/recipes/': 'Recipes',
  '/react/': 'React',
  '/script-tag.html': 'Script tag',
}

const ICON =
  "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><circle cx='8' cy='8' r='6' fill='none' stroke='teal' stroke-width='3' stroke-dasharray='28 10'/></svg>"

/** What several pages have in common, by the comment in whose place it goes. */
const PARTS: Readonly<Record<string, (path: string) => string>> = {
  head: () => `<meta charset="utf-8" />
    <meta name="viewport" content="width=device-width" />
    <meta name="color-scheme" content="light dark" />
    <link rel="icon" href="data:image/svg+xml,${ICON}" />
    <link rel="stylesheet" href="/style.css" />`,

  pages: (path) => {
    const links = Object.entries(PAGES).map(([address, name]) => {
      const isWithin = address === path || (address.length > 1 && path.startsWith(address))
      const current = isWithin ? ` aria-current="${address === path ? 'page' : 'true'}"` : ''
      return `<a href="${address}"${current}>${name}</a>`
    })
    return `<nav aria-label="Pages">${links.join('\n')}</nav>`
  },

  call: () => `<section aria-label="The call">
      <dl class="state">
        <div><dt>Connection</dt><dd><output id="state">new</output></dd></div>
        <div><dt>Path</dt><dd><output id="path" aria-live="off">–</output></dd></div>
        <div><dt>Rotations</dt><dd><output id="rotations" aria-live="off">0</output></dd></div>
        <div><dt>Messages received</dt><dd><output id="received" aria-live="off">0</output></dd></div>
        <div><dt>After the first credentials’ end</dt><dd><output id="outlived" aria-live="off">0</output></dd></div>
      </dl>
      <p id="fault" role="alert" hidden></p>
    </section>`,
}

/** Puts the common parts into the pages. */
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

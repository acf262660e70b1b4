/** The benchmarks in the order of RESULTS.md. */

/** @type {Record<string, { title: string, load: () => Promise<{ measure(): Promise<import('./report.js').Findings> }> }>} */
export const BENCHMARKS = {
  cached: { title: 'A cached configuration', load: () => import('./cached.js') },
  first: { title: 'The first configuration', load: () => import('./first.js') },
  parse: { title: 'Parsing, validating, filtering', load: () => import('./parse.js') },
  connections: { title: 'Attached connections', load: () => import('./connections.js') },
  handler: { title: 'The backend handler', load: () => import('./handler.js') },
  bundles: { title: 'Sizes', load: () => import('./bundles.js') },
}

/** `npm run marathon` writes this section if it is given more than 100 rotations. */
export const LONG_CALLS = 'Long calls'

/** The titles of all sections. */
export const TITLES = [...Object.values(BENCHMARKS).map(({ title }) => title), LONG_CALLS]

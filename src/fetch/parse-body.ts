/** Passes the body of a response through the application's `parse` function. */
import type { ResolvedOptions } from '../options.js'
import { callAppFunction } from './app-function.js'

/**
 * Resolves with what `parse` returns, or with the body itself if there is no `parse`.
 *
 * @throws {@link IceServerError} `ERR_RESPONSE` if `parse` throws.
 */
export async function parseBody(
  body: unknown,
  { parse, now }: Pick<ResolvedOptions, 'parse' | 'now'>,
): Promise<unknown> {
  return parse ? callAppFunction('ERR_RESPONSE', 'parse', now, () => parse(body)) : body
}

/** Decides whether to write in colours. */
import type { CommandIo } from './command.js'

/** Returns whether a stream is a terminal that shows colours, and the user has not disabled them (https://no-color.org). */
export function hasColours(
  { isTTY }: { readonly isTTY?: boolean },
  { NO_COLOR, TERM }: CommandIo['env'],
): boolean {
  return isTTY === true && !NO_COLOR && TERM !== 'dumb'
}

/** Decides what to write to a terminal. */
import type { CommandIo } from './command.js'

/** A stream of the process. */
interface Output {
  readonly isTTY?: boolean
}

/** Clears the line with the progress. */
export const CLEAR_LINE = '\r\x1b[K'

/** Returns whether a stream is a terminal that understands escape sequences. */
export function isCapable({ isTTY }: Output, { TERM }: CommandIo['env']): boolean {
  return isTTY === true && TERM !== 'dumb'
}

/** Returns whether to write in colours: to a terminal, unless the user has disabled them (https://no-color.org). */
export function hasColours(stream: Output, env: CommandIo['env']): boolean {
  return isCapable(stream, env) && !env.NO_COLOR
}

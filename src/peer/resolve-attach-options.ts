/** Checks the options of `attach()`. */
import type { AttachOptions } from '../attachable-connection.js'
import { isAfterExpiry } from '../config/after-expiry.js'
import { assertKnownOptions, assertOption } from '../option-checks.js'
import { isRecord } from '../type-guards.js'
import type { ResolvedAttachOptions } from './attachment-handlers.js'

const POLICIES = ['relayed', 'always', 'lost', 'never']

/** The names of the options. */
export const ATTACH_OPTION_NAMES: readonly string[] = ['restartIce', 'afterExpiry', 'inBand', 'configuration']

/**
 * Checks the options of `attach()`, and fills in the defaults.
 *
 * @param owner - The function that takes them, for error messages.
 * @throws TypeError with the owner and the name of the option that is not valid.
 */
export function resolveAttachOptions(owner: string, options: AttachOptions): ResolvedAttachOptions {
  assertKnownOptions(owner, options, ATTACH_OPTION_NAMES)
  const { restartIce = 'relayed', afterExpiry, inBand = false, configuration } = options
  const isPolicy = typeof restartIce === 'function' || POLICIES.includes(restartIce)
  assertOption(
    isPolicy,
    owner,
    'restartIce',
    "'relayed', 'always', 'lost', 'never' or a function",
    restartIce,
  )
  const isValid = afterExpiry === undefined || isAfterExpiry(afterExpiry)
  assertOption(isValid, owner, 'afterExpiry', "'keep' or 'drop'", afterExpiry)
  assertOption([true, false, 'always'].includes(inBand), owner, 'inBand', "a boolean or 'always'", inBand)
  const isConfiguration = configuration === undefined || isRecord(configuration)
  assertOption(isConfiguration, owner, 'configuration', 'an RTCConfiguration', configuration)
  return { ...options, restartIce, inBand }
}

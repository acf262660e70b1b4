/** Compares a new configuration with the current one. */
import { IceServerError } from '../errors.js'
import type { IceConfiguration, ResponseWarning } from './read-response.js'
import { areSameServers } from './server-keys.js'

/** What a new configuration changes. */
export interface ConfigurationComparison {
  /** The new configuration, or the previous one if nothing has changed: `current` keeps its identity. */
  readonly current: IceConfiguration
  /** Whether the servers differ, or there were none before. */
  readonly serversChanged: boolean
  /** Whether the servers, the expiry or `afterExpiry` differ. */
  readonly changed: boolean
}

/** The `Date` header has whole seconds, so two responses with the same expiry can differ by this much. */
const EXPIRY_TOLERANCE_MS = 1000

/**
 * Compares a new configuration with the previous one.
 *
 * @param previous - `undefined` if there is none, or if it has expired.
 */
export function compareConfigurations(
  previous: IceConfiguration | undefined,
  next: IceConfiguration,
): ConfigurationComparison {
  if (!previous) return { current: next, serversChanged: true, changed: true }
  const serversChanged = !areSameServers(previous.iceServers, next.iceServers)
  const expiryChanged = Math.abs(previous.expiresAt - next.expiresAt) > EXPIRY_TOLERANCE_MS
  const changed = serversChanged || expiryChanged || previous.afterExpiry !== next.afterExpiry
  return { current: changed ? next : previous, serversChanged, changed }
}

/**
 * Returns the warnings of a new configuration that are to be reported, as errors: those about invalid servers if the servers have
 * changed, and those that the previous configuration did not have.
 */
export function newWarnings(
  previous: IceConfiguration | undefined,
  next: IceConfiguration,
): IceServerError[] {
  const { serversChanged } = compareConfigurations(previous, next)
  const known = previous?.warnings?.map(({ message }) => message) ?? []
  const isNew = ({ code, message }: ResponseWarning) =>
    (code === 'ERR_ICE_SERVER' && serversChanged) || !known.includes(message)
  const warnings = next.warnings?.filter(isNew) ?? []
  return warnings.map(({ code, message }) => new IceServerError(code, message))
}

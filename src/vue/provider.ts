/** How composables take a provider. */
import { type MaybeRefOrGetter, toRaw, toValue } from 'vue'
import type { IceServerProvider } from '../index.js'

/** A provider, or a ref or getter of one, which may change and may be empty. */
export type MaybeProvider = MaybeRefOrGetter<IceServerProvider | undefined>

/** Returns the provider without the proxy of a deep `ref` or `reactive`, which cannot access private fields. */
export function toProvider(provider: MaybeProvider): IceServerProvider | undefined {
  return toRaw(toValue(provider))
}

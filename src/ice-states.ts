/** Reads ICE states and the session descriptions of a connection. */

type Description = { readonly sdp?: string } | null | undefined

/** Whether ICE is `connected` or `completed`. */
export function isConnected(iceState: string | undefined): boolean {
  return iceState === 'connected' || iceState === 'completed'
}

/** Whether ICE is `disconnected` or `failed`. */
export function isDisconnected(iceState: string | undefined): boolean {
  return iceState === 'disconnected' || iceState === 'failed'
}

/** Returns the username fragments of a description. Without BUNDLE each transport can have its own. */
export function readUfrags(description: Description): string[] {
  const attributes = (description?.sdp ?? '').matchAll(/^a=ice-ufrag:(.+)/gm)
  return Array.from(attributes, ([, ufrag = '']) => ufrag)
}

/** Returns the types of the candidates of a description, each once. */
export function readCandidateTypes(description: Description): string[] {
  const candidates = (description?.sdp ?? '').matchAll(/^a=candidate:.* typ (\w+)/gm)
  return [...new Set(Array.from(candidates, ([, type = '']) => type))]
}

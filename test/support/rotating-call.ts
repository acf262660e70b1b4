/** A relay-only call through several credential rotations, in one page. */
import { expect } from 'vitest'

/** How an app handles rotations: with the library, or as two baselines. */
export type RotationStrategy = 'library' | 'fetch once' | 'setConfiguration only'

/** Runs in the page: keeps a call up through the rotations, and resolves with what happened to it. */
export async function runRotatingCall(
  endpoint: string,
  strategy: RotationStrategy,
  rotations: number,
  timeoutMs: number,
) {
  const errors: string[] = []
  const states: string[] = []
  const restarts: number[] = []
  const usernames: string[] = []
  const frames: number[] = []
  let rotationCount = 0
  let frameCount = 0

  const createPeer = async (name: string) => {
    const provider = new TurnKeeper.IceServerProvider(endpoint)
    provider.on('error', ({ code, message }) => errors.push(`${name}: ${code} ${message}`))
    const iceServers = await provider.getIceServers()
    const key: EcKeyGenParams = { name: 'ECDSA', namedCurve: 'P-256' }
    const pc = new RTCPeerConnection({
      iceServers,
      iceTransportPolicy: 'relay',
      bundlePolicy: 'max-bundle',
      certificates: [await RTCPeerConnection.generateCertificate(key)],
    })
    pc.addEventListener('iceconnectionstatechange', () => states.push(pc.iceConnectionState))
    if (strategy !== 'fetch once') {
      provider.attach(pc, { restartIce: strategy === 'library' ? 'relayed' : 'never' })
    }
    return { provider, pc }
  }
  const [caller, callee] = [await createPeer('caller'), await createPeer('callee')]
  Calls.negotiateInPage(caller.pc, callee.pc)

  const unreliable = Calls.sendTraffic(
    caller.pc.createDataChannel('unreliable', { ordered: false, maxRetransmits: 0 }),
    callee.pc,
  )
  const reliable = Calls.sendTraffic(caller.pc.createDataChannel('reliable'), callee.pc)
  callee.pc.addEventListener('track', ({ streams: [stream] }) => {
    const video = Object.assign(document.createElement('video'), { muted: true, autoplay: true })
    video.srcObject = stream ?? null
    document.body.append(video)
    const count = () => {
      frameCount++
      video.requestVideoFrameCallback(count)
    }
    video.requestVideoFrameCallback(count)
  })
  const stream = Calls.createVideo()
  for (const track of stream.getTracks()) caller.pc.addTrack(track, stream)
  const isConnected = () => caller.pc.iceConnectionState === 'connected' && frameCount > 0
  if (!(await Calls.until(isConnected))) throw new Error('the call did not connect within a minute')

  let ufrag = ''
  caller.pc.addEventListener('signalingstatechange', () => {
    const current = /a=ice-ufrag:(.*)/.exec(caller.pc.localDescription?.sdp ?? '')?.[1] ?? ''
    if (ufrag && current !== ufrag) restarts.push(performance.now())
    ufrag = current
  })
  caller.provider.on('update', ({ iceServers }) => {
    usernames.push(iceServers[0]?.username ?? '')
    frames.push(frameCount)
    frameCount = 0
    rotationCount++
  })
  const isDown = () => states.some((state) => state === 'disconnected' || state === 'failed')
  await Calls.until(() => rotationCount > rotations || isDown(), timeoutMs)

  const { iceTransportPolicy, bundlePolicy, certificates } = caller.pc.getConfiguration()
  const [unreliableTraffic, reliableTraffic] = [await unreliable.stop(), await reliable.stop()]
  for (const { pc, provider } of [caller, callee]) {
    pc.close()
    provider.close()
  }
  const gaps = unreliableTraffic.arrivals.map((at, index, arrivals) => ({
    at,
    ms: at - (arrivals[index - 1] ?? at),
  }))
  const isNearRestart = ({ at }: { at: number }) => restarts.some((restart) => Math.abs(at - restart) < 1000)
  const longest = (list: { ms: number }[]) => Math.round(list.reduce((max, { ms }) => Math.max(max, ms), 0))
  const summarize = ({ arrivals: _, ...counts }: typeof reliableTraffic) => counts
  return {
    rotations: rotationCount,
    usernames,
    restarts: restarts.length,
    keptConfiguration: { iceTransportPolicy, bundlePolicy, certificates: certificates?.length },
    negotiationErrors: Calls.negotiationErrors,
    states: [...new Set(states)],
    unreliable: summarize(unreliableTraffic),
    reliable: summarize(reliableTraffic),
    frames: frames.slice(1),
    longestGapNearRestartMs: longest(gaps.filter(isNearRestart)),
    longestGapElsewhereMs: longest(gaps.filter((gap) => !isNearRestart(gap))),
    errors,
  }
}

export type RotatingCallResult = Awaited<ReturnType<typeof runRotatingCall>>

/** What the test knows about the call. */
export interface RotatingCallContext {
  readonly isFirefox: boolean
  readonly rotations: number
  /** The usernames for which the TURN server has made an allocation. */
  readonly allocatedUsernames: readonly string[]
}

/** Expects that the call lost nothing: no reliable message, no video, no connection, no member of its configuration. */
export function expectIntactCall(result: RotatingCallResult, context: RotatingCallContext): void {
  const { isFirefox, rotations, allocatedUsernames } = context
  const { reliable, unreliable } = result
  expect([...result.errors, ...result.negotiationErrors]).toEqual([])
  expect(result.keptConfiguration).toEqual({
    iceTransportPolicy: 'relay',
    bundlePolicy: 'max-bundle',
    certificates: 1,
  })
  expect(result.states.filter((state) => !/^(checking|connected|completed)$/.test(state))).toEqual([])
  expect(reliable.sent).toBeGreaterThan(rotations)
  expect(reliable).toMatchObject({ received: reliable.sent, duplicates: 0, isInOrder: true })
  // Firefox releases the old allocation as soon as it has switched: a message on its way to it can be lost.
  const tolerated = isFirefox ? result.restarts : 0
  expect(unreliable.duplicates).toBe(0)
  expect(unreliable.sent - unreliable.received).toBeLessThanOrEqual(tolerated)
  expect(result.rotations).toBeGreaterThan(rotations)
  expect(result.restarts).toBeGreaterThanOrEqual(rotations)
  expect(result.frames.filter((count) => count === 0)).toEqual([])
  const expected = result.usernames.slice(0, rotations)
  expect(expected.filter((username) => !allocatedUsernames.includes(username))).toEqual([])
}

/** Expects that the connection was lost. */
export function expectLostCall({ states }: RotatingCallResult): void {
  expect(states.filter((state) => state === 'disconnected' || state === 'failed')).not.toEqual([])
}

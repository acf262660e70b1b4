/** ICE restarts over the in-band channel: what the app sees of them, and when they are not possible. */
import type { Page } from 'puppeteer-core'
import { beforeAll, expect, it } from 'vitest'
import { describeInBrowsers } from '../support/browsers.js'
import { useDroppingTurn } from '../support/dropping-turn.js'
import { installCalls } from '../support/page-calls.js'

const TTL_SECONDS = 8
const { pagesUrl } = useDroppingTurn(TTL_SECONDS)

interface CallOptions {
  readonly inBand: boolean | 'always'
  /** Whether the remote peer has the channel. */
  readonly isRemoteInBand: boolean
  readonly hasData: boolean
  readonly restarts: number
  /** Whether the app adds a transceiver and negotiates it at each restart. */
  readonly negotiates: boolean
  /** Whether both peers make an offer at once: the caller is polite, and in-band messages take 10 ms. */
  readonly hasGlare: boolean
}

/** Runs in the page: a call whose app delivers its own offers only, until some restarts have settled. */
async function runCall(options: CallOptions) {
  const { inBand, isRemoteInBand, hasData, restarts, negotiates, hasGlare } = options
  const provider = new TurnKeeper.IceServerProvider('/ice-servers')
  const errors: string[] = []
  const reports: string[] = []
  provider.on('error', ({ code, message }) => errors.push(`${code} ${message}`))
  await provider.getIceServers()
  let rollbacks = 0
  class SlowConnection extends RTCPeerConnection {
    override createDataChannel(label: string, init?: RTCDataChannelInit) {
      const channel = super.createDataChannel(label, init)
      if (!hasGlare || label !== 'turnkeeper') return channel
      const send = channel.send.bind(channel) as (data: string) => void
      channel.send = (data) =>
        void setTimeout(() => channel.readyState === 'open' && send(data as string), 10)
      return channel
    }
    override setLocalDescription(description?: RTCLocalSessionDescriptionInit) {
      if (description?.type === 'rollback') rollbacks++
      return super.setLocalDescription(description)
    }
  }
  const create = (inBand: boolean | 'always', id: number) => {
    const { random } = Math
    if (hasGlare) Math.random = () => id
    const Connection = TurnKeeper.createPeerConnectionClass(provider, { inBand, baseClass: SlowConnection })
    const pc = new Connection({ iceTransportPolicy: 'relay' })
    Math.random = random
    return pc
  }
  const [caller, callee] = [create(inBand, 0.1), create(isRemoteInBand && inBand, 0.9)]
  const [seen, channels]: [string[], (string | number | null)[]] = [[], []]
  callee.ondatachannel = ({ channel }) => channels.push(channel.label)

  // The app negotiates only when it wants to, as many libraries do.
  let isNegotiating = true
  const timers: ReturnType<typeof setInterval>[] = []
  for (const [pc, other] of [
    [caller, callee],
    [callee, caller],
  ] as const) {
    pc.onicecandidate = ({ candidate }) => {
      if (!isNegotiating) seen.push(`icecandidate ${candidate?.type}`)
      void other.addIceCandidate(candidate ?? undefined).catch((error) => errors.push(String(error)))
    }
    // Without the channel, restarts are left to the app.
    pc.onnegotiationneeded = () => isNegotiating || !isRemoteInBand || seen.push('negotiationneeded')
    pc.onsignalingstatechange = () => isNegotiating || seen.push(pc.signalingState)
    const readState = () => {
      const { signalingState } = pc
      if (!isNegotiating && signalingState !== 'stable') seen.push(`read ${signalingState}`)
    }
    timers.push(setInterval(readState, 1))
    pc.onicegatheringstatechange = () => isNegotiating || seen.push(pc.iceGatheringState)
  }
  const negotiate = async () => {
    isNegotiating = true
    const offer = await caller.createOffer()
    await caller.setLocalDescription(offer)
    await callee.setRemoteDescription(offer)
    const answer = await callee.createAnswer()
    await callee.setLocalDescription(answer)
    await caller.setRemoteDescription(answer)
    await Calls.until(() =>
      [caller, callee].every(({ iceGatheringState }) => iceGatheringState === 'complete'),
    )
    await new Promise((resolve) => setTimeout(resolve, 300))
    isNegotiating = false
  }
  const channel = hasData ? caller.createDataChannel('app', { ordered: false, maxRetransmits: 0 }) : undefined
  const traffic = channel && Calls.sendTraffic(channel, callee)
  if (!hasData) for (const track of Calls.createVideo().getTracks()) caller.addTrack(track)
  await negotiate()
  await Calls.until(() => caller.iceConnectionState === 'connected')
  await new Promise((resolve) => setTimeout(resolve, 1000))
  isNegotiating = false
  provider.on('restart', async ({ connection, status }) => {
    if (connection !== caller) return
    reports.push(status)
    if (!negotiates || status !== 'requested') return
    caller.addTransceiver('audio')
    await negotiate().catch((error) => errors.push(String(error)))
  })
  const isDone = () =>
    errors.some((error) => error.includes('in-band')) ||
    reports.filter((status) => status !== 'requested').length >= restarts ||
    caller.iceConnectionState === 'failed'
  await Calls.until(isDone, 60_000)
  await new Promise((resolve) => setTimeout(resolve, 1000))
  const counts = traffic ? await traffic.stop() : undefined
  const labels: string[] = []
  for (const entry of (await caller.getStats()).values())
    if (entry.type === 'data-channel') labels.push(entry.label)
  const result = {
    seen: [...new Set(seen)],
    channels,
    id: channel?.id,
    labels,
    rollbacks,
    lost: counts ? counts.sent - counts.received : 0,
    state: caller.iceConnectionState,
    hasDataSection: /^m=application/m.test(caller.localDescription?.sdp ?? ''),
    mids: caller.getTransceivers().filter(({ mid }) => mid !== null).length,
    transceivers: caller.getTransceivers().length,
    reports: [...new Set(reports)],
    errors,
  }
  for (const timer of timers) clearInterval(timer)
  caller.close()
  callee.close()
  provider.close()
  return result
}

describeInBrowsers('in-band', ({ name, open }) => {
  const tolerated = name === 'firefox' ? 1 : 0
  let page: Page
  beforeAll(async () => {
    page = await open(pagesUrl())
    await page.evaluate(installCalls)
  })
  const run = (options: Partial<CallOptions>) =>
    page.evaluate(runCall, {
      inBand: true,
      isRemoteInBand: true,
      hasData: true,
      restarts: 3,
      negotiates: false,
      hasGlare: false,
      ...options,
    })

  it.concurrent('the app sees nothing of the restarts, and loses nothing', async () => {
    const result = await run({})
    expect(result).toMatchObject({
      seen: [],
      channels: ['app'],
      labels: ['app'],
      state: 'connected',
      reports: ['requested', 'completed'],
      errors: [],
    })
    expect(result.lost).toBeLessThanOrEqual(tolerated * 3)
  })

  it.concurrent('both peers make an offer at once, and the app does not see the rollback', async () => {
    const result = await run({ hasGlare: true, restarts: 4 })
    expect(result.rollbacks).toBeGreaterThan(0)
    expect(result).toMatchObject({
      seen: [],
      channels: ['app'],
      state: 'connected',
      reports: ['requested', 'completed'],
      errors: [],
    })
    expect(result.lost).toBeLessThanOrEqual(tolerated * 4)
  })

  it.concurrent('the app negotiates at the same time', async () => {
    const result = await run({ negotiates: true })
    expect(result).toMatchObject({ channels: ['app'], state: 'connected', errors: [] })
    expect(result.mids).toBe(result.transceivers)
    expect(result.transceivers).toBeGreaterThan(2)
    expect(result.lost).toBeLessThanOrEqual(tolerated * 6)
  })

  it.concurrent('a remote peer without the channel is reported once, and the call is not touched', async () => {
    const result = await run({ isRemoteInBand: false, restarts: 1 })
    expect(result.seen).toEqual([])
    expect(result.errors).toEqual([
      expect.stringMatching(/^ERR_ICE_RESTART the remote peer does not have the in-band channel/),
    ])
  })

  it.concurrent('a connection without a data section gets one only if that is wanted', async () => {
    const [without, forced] = await Promise.all([
      run({ hasData: false, restarts: 1 }),
      run({ hasData: false, inBand: 'always', restarts: 2 }),
    ])
    expect(without).toMatchObject({ hasDataSection: false })
    expect(forced).toMatchObject({
      hasDataSection: true,
      seen: [],
      channels: [],
      state: 'connected',
      reports: ['requested', 'completed'],
      errors: [],
    })
  })
})

/** The video that the demo sends: an animation, or the camera. */
import type { LoopbackCall } from './loopback-call.js'

const COLOURS = ['#4fd1bd', '#f0b54a', '#8ab4f8']

/** Starts an animation in a canvas, so that a call visibly runs without a camera. */
export function createAnimation(canvas: HTMLCanvasElement) {
  const timer = startDrawing(canvas)
  const drawn = canvas.captureStream(25)
  let camera: MediaStream | undefined
  return {
    /** What the next call sends. */
    get stream(): MediaStream {
      return camera ?? drawn
    },
    stop(): void {
      clearInterval(timer)
      for (const track of drawn.getTracks()) track.stop()
    },
    /** Replaces what running calls send, by the camera or by the animation. */
    async useCamera(isEnabled: boolean, calls: readonly LoopbackCall[]): Promise<void> {
      const previous = camera
      camera = isEnabled ? await navigator.mediaDevices.getUserMedia({ video: true }) : undefined
      const [track = null] = (camera ?? drawn).getVideoTracks()
      for (const { caller } of calls) await caller.getSenders()[0]?.replaceTrack(track)
      for (const unused of previous?.getTracks() ?? []) unused.stop()
    },
  }
}

function startDrawing(canvas: HTMLCanvasElement): ReturnType<typeof setInterval> {
  const context = canvas.getContext('2d')
  if (!context) throw new Error('This browser does not support the 2d canvas')
  const { width, height } = canvas

  const { matches: prefersReducedMotion } = matchMedia('(prefers-reduced-motion: reduce)')

  // Not requestAnimationFrame: it pauses in a background tab, and the call should continue there.
  return setInterval(() => {
    const seconds = Date.now() / 1000
    context.fillStyle = '#10201f'
    context.fillRect(0, 0, width, height)
    for (const [index, colour] of COLOURS.entries()) {
      const angle = (prefersReducedMotion ? 1 : seconds) * (0.6 + index * 0.35)
      context.beginPath()
      context.arc(
        width / 2 + Math.cos(angle) * width * 0.34,
        height / 2 + Math.sin(angle * 1.7) * height * 0.3,
        26 - index * 6,
        0,
        2 * Math.PI,
      )
      context.fillStyle = colour
      context.fill()
    }
    context.fillStyle = '#ffffff'
    context.font = '500 34px system-ui, sans-serif'
    context.textAlign = 'center'
    context.textBaseline = 'middle'
    context.fillText(new Date().toLocaleTimeString([], { hour12: false }), width / 2, height / 2)
  }, 40)
}

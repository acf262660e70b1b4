/** The video that the demo sends: an animation, or the camera. */
import type { LoopbackCall } from './loopback-call.js'

/** Where the face is when nothing moves. */
const STILL_SECONDS = 1

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
  const { matches: prefersReducedMotion } = matchMedia('(prefers-reduced-motion: reduce)')
  const { width, height } = canvas
  // The drawing has its own unit, so that it looks the same in each size of canvas.
  context.scale(height / 270, height / 270)

  // Not requestAnimationFrame: it pauses in a background tab, and the call should continue there.
  return setInterval(() => {
    drawScene(
      context,
      (width * 270) / height,
      prefersReducedMotion ? STILL_SECONDS : performance.now() / 1000,
    )
  }, 40)
}

/** Draws a person who talks, and the time. */
function drawScene(context: CanvasRenderingContext2D, width: number, seconds: number): void {
  const sway = Math.sin(seconds * 1.3) * 22
  const nod = Math.abs(Math.sin(seconds * 2.6)) * 5
  const [x, y] = [width / 2 + sway, 128 + nod]
  const ellipse = (colour: string, ...[cx, cy, rx, ry]: [number, number, number, number]) => {
    context.fillStyle = colour
    context.beginPath()
    context.ellipse(cx, cy, rx, ry, 0, 0, 2 * Math.PI)
    context.fill()
  }
  context.fillStyle = '#17343a'
  context.fillRect(0, 0, width, 270)
  ellipse('#1f464d', width * 0.86, 40, 120, 90)
  ellipse('#2f8f83', width / 2 + sway * 0.6, 300, 118, 98) // shoulders
  ellipse('#e3b48f', x - sway * 0.2, y + 62, 22, 34) // neck
  ellipse('#3a2a26', x, y - 12, 61, 68) // hair
  ellipse('#f2cba8', x, y + 4, 51, 58)
  const eyeHeight = seconds % 3.1 < 0.15 ? 1 : 6
  for (const side of [-1, 1]) ellipse('#2a2321', x + side * 19 + sway * 0.15, y - 3, 5, eyeHeight)
  const isTalking = Math.sin(seconds * 0.9) > -0.6
  ellipse('#9c4a43', x + sway * 0.15, y + 32, 14, isTalking ? 3 + Math.abs(Math.sin(seconds * 9)) * 8 : 2)

  context.fillStyle = '#ffffff'
  context.font = '600 24px system-ui, sans-serif'
  context.textBaseline = 'alphabetic'
  context.fillText(new Date().toLocaleTimeString([], { hour12: false }), 16, 252)
}

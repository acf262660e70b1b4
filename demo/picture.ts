const COLOURS = ['#4fd1bd', '#f0b54a', '#8ab4f8']

/** Draws a moving picture, so that a call can be seen to run without a camera. Returns the way to stop. */
export function drawPicture(canvas: HTMLCanvasElement): () => void {
  const context = canvas.getContext('2d')
  if (!context) throw new Error('This browser has no 2d canvas')
  const { width, height } = canvas

  const { matches: isCalm } = matchMedia('(prefers-reduced-motion: reduce)')

  // Not requestAnimationFrame: that stands still in a background tab, and the call should not.
  const drawing = setInterval(() => {
    const seconds = Date.now() / 1000
    context.fillStyle = '#10201f'
    context.fillRect(0, 0, width, height)
    for (const [index, colour] of COLOURS.entries()) {
      const angle = (isCalm ? 1 : seconds) * (0.6 + index * 0.35)
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
  return () => clearInterval(drawing)
}

import { useEffect, useRef } from 'react'

const COLOURS = ['#4fd1bd', '#f0b54a', '#8ab4f8']

/** A clock that is drawn all the time, as a stream to send. `onStream` has to be stable, such as a state's setter. */
export function MovingPicture({ onStream }: { onStream: (stream: MediaStream | undefined) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context) return
    const drawing = setInterval(() => draw(context), 40)
    const stream = context.canvas.captureStream(25)
    onStream(stream)
    return () => {
      clearInterval(drawing)
      for (const track of stream.getTracks()) track.stop()
      onStream(undefined)
    }
  }, [onStream])
  return (
    <canvas ref={canvas} width={480} height={270} role="img" aria-label="The picture that is sent">
      A clock
    </canvas>
  )
}

function draw(context: CanvasRenderingContext2D): void {
  const { width, height } = context.canvas
  const now = new Date()
  context.fillStyle = '#10201f'
  context.fillRect(0, 0, width, height)
  const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches
  const units = [isCalm ? 0 : now.getMilliseconds() / 1000, now.getSeconds() / 60, now.getMinutes() / 60]
  for (const [index, share] of units.entries()) {
    context.fillStyle = COLOURS[index] ?? ''
    context.fillRect(0, height - 12 * (index + 1), width * share, 10)
  }
  context.fillStyle = '#ffffff'
  context.font = '500 40px system-ui, sans-serif'
  context.textAlign = 'center'
  context.textBaseline = 'middle'
  context.fillText(now.toLocaleTimeString([], { hour12: false }), width / 2, height / 2 - 18)
}

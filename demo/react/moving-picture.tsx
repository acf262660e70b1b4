import { useEffect, useRef } from 'react'
import { createPicture } from '../picture.js'

/** A picture that is drawn all the time, as a stream to send. `onStream` has to be stable, such as a state's setter. */
export function MovingPicture({ onStream }: { onStream: (stream: MediaStream | undefined) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    if (!canvas.current) return
    const picture = createPicture(canvas.current)
    onStream(picture.stream)
    return () => {
      picture.stop()
      onStream(undefined)
    }
  }, [onStream])
  return (
    <canvas ref={canvas} width={480} height={270} role="img" aria-label="The picture that is sent">
      A clock and three balls
    </canvas>
  )
}

/** The video that the React page sends. */
import { useEffect, useRef } from 'react'
import { createAnimation } from '../animation.js'

/**
 * Shows the animation, and passes its stream to `onStream`, or `undefined` on unmount. `onStream` must be stable, such as
 * the setter of a state.
 */
export function AnimatedVideo({ onStream }: { onStream: (stream: MediaStream | undefined) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useEffect(() => {
    if (!canvas.current) return
    const animation = createAnimation(canvas.current)
    onStream(animation.stream)
    return () => {
      animation.stop()
      onStream(undefined)
    }
  }, [onStream])
  return (
    <canvas ref={canvas} width={480} height={270} role="img" aria-label="The video that is sent">
      A clock and three balls
    </canvas>
  )
}

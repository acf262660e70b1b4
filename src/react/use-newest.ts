/** A ref to the value of the newest render. */
import { type RefObject, useEffect, useRef } from 'react'

/** Returns a ref whose value effects and callbacks read: it is that of the newest render that was committed. */
export function useNewest<T>(value: T): RefObject<T> {
  const ref = useRef(value)
  useEffect(() => {
    ref.current = value
  })
  return ref
}

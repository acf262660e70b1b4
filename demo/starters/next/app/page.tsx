'use client'
import { useIceServerProvider, useIceServers, usePeerConnection } from 'turnkeeper/react'

if (typeof document !== 'undefined') document.cookie = 'session=demo' // your app signs the user in

export default function Page() {
  const provider = useIceServerProvider('/api/ice-servers')
  const { connectionState, error } = usePeerConnection(provider)
  const urls = useIceServers(provider)?.iceServers.flatMap((server) => server.urls) ?? []
  return (
    <p>
      Connection: {error?.message ?? connectionState}. ICE servers:{' '}
      <output id="ice-servers">{urls.join(', ') || 'none'}</output>
    </p>
  )
}

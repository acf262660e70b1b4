/** A connection with the ICE servers of the backend. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { useIceServerProvider, useIceServers, usePeerConnection } from 'turnkeeper/react'

document.cookie = 'session=demo' // your app signs the user in

function Call() {
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

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <Call />
  </StrictMode>,
)

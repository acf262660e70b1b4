/** The call of the React page, with the state of its provider. */
import { useEffect, useRef, useState } from 'react'
import { useIceServerProvider, useIceServers, useProviderState } from 'turnkeeper/react'
import { AnimatedVideo } from './animated-video.js'
import { useCall } from './use-call.js'
import { useRefreshes } from './use-refreshes.js'

/** A relayed call that a provider keeps alive. */
export function Call({ endpoint }: { endpoint: string }) {
  const provider = useIceServerProvider(endpoint)
  const configuration = useIceServers(provider)
  const providerState = useProviderState(provider)
  const refreshes = useRefreshes(provider)
  const [stream, setStream] = useState<MediaStream>()
  const [isCalling, setCalling] = useState(true)
  const call = useCall(provider, isCalling ? stream : undefined)
  const error = call.error || refreshes.error
  return (
    <section aria-labelledby="call-title">
      <div className="title">
        <h2 id="call-title">Call</h2>
        <Badge id="call-state" state={call.state} />
      </div>
      <div className="videos">
        <figure>
          <AnimatedVideo onStream={setStream} />
          <figcaption>Sent</figcaption>
        </figure>
        <figure>
          <ReceivedVideo stream={call.received} />
          <figcaption>Received through the relay</figcaption>
        </figure>
      </div>
      <dl>
        <div>
          <dt>Provider</dt>
          <dd>
            <Badge id="provider-state" state={providerState} />
          </dd>
        </div>
        <div>
          <dt>Credentials expire at</dt>
          <dd id="expires-at">
            {configuration ? new Date(configuration.expiresAt).toLocaleTimeString() : '–'}
          </dd>
        </div>
        <div>
          <dt>Refreshes</dt>
          <dd id="refreshes">{refreshes.count}</dd>
        </div>
      </dl>
      <p>
        <button id="call-button" type="button" onClick={() => setCalling(!isCalling)}>
          {isCalling ? 'Hang up' : 'Call again'}
        </button>
      </p>
      <p id="error" role="alert">
        {error}
      </p>
    </section>
  )
}

function Badge({ id, state }: { id: string; state: string }) {
  return (
    <span id={id} className="badge" data-state={state}>
      {state}
    </span>
  )
}

function ReceivedVideo({ stream }: { stream: MediaStream | undefined }) {
  const video = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    if (video.current) video.current.srcObject = stream ?? null
  }, [stream])
  return (
    <video
      ref={video}
      width={480}
      height={270}
      autoPlay
      muted
      playsInline
      aria-label="The video that is received"
    />
  )
}

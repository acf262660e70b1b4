/**
 * Answers offers with `@roamhq/wrtc` (libwebrtc in Node), and sends every message of a data channel back.
 * Reads one JSON object a line: { call, sdp, iceServers }; writes { call, sdp } with the answer.
 */
import { createInterface } from 'node:readline'
import wrtc from '@roamhq/wrtc'

const calls = new Map()

function createCall(iceServers) {
  const iceTransportPolicy = iceServers.length > 0 ? 'relay' : 'all'
  const connection = new wrtc.RTCPeerConnection({ iceServers, iceTransportPolicy })
  connection.ondatachannel = ({ channel }) => {
    channel.onmessage = ({ data }) => channel.send(data)
  }
  return connection
}

async function answer({ call, sdp, iceServers }) {
  const connection = calls.get(call) ?? createCall(iceServers)
  calls.set(call, connection)
  await connection.setRemoteDescription({ type: 'offer', sdp })
  await connection.setLocalDescription(await connection.createAnswer())
  while (connection.iceGatheringState !== 'complete') await new Promise((resolve) => setTimeout(resolve, 20))
  console.log(JSON.stringify({ call, sdp: connection.localDescription.sdp }))
}

createInterface({ input: process.stdin }).on('line', (line) => answer(JSON.parse(line)))

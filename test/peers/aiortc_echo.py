"""Answers offers with aiortc, and sends every message of a data channel back. aiortc does not restart ICE.

Reads one JSON object a line: {"call": "...", "sdp": "..."}; writes {"call": "...", "sdp": "..."} with the answer.
"""
import asyncio
import json
import sys

import aioice.ice
from aiortc import RTCPeerConnection, RTCSessionDescription

# Firefox pairs addresses of the loopback interface with each other only.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]

calls = {}


def create_connection():
    connection = RTCPeerConnection()

    @connection.on("datachannel")
    def on_datachannel(channel):
        @channel.on("message")
        def on_message(message):
            channel.send(message)

    return connection


async def answer(request):
    connection = calls.setdefault(request["call"], None) or create_connection()
    calls[request["call"]] = connection
    await connection.setRemoteDescription(RTCSessionDescription(request["sdp"], "offer"))
    await connection.setLocalDescription(await connection.createAnswer())
    reply = {"call": request["call"], "sdp": connection.localDescription.sdp}
    print(json.dumps(reply), flush=True)


async def main():
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        await answer(json.loads(line))


asyncio.run(main())

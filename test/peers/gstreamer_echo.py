"""Answers offers with GStreamer's webrtcbin, and sends every message of a data channel back. It does not restart ICE.

Reads one JSON object a line: {"call": "...", "sdp": "..."}; writes {"call": "...", "sdp": "..."} with the answer.
"""
import json
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
gi.require_version("GstSdp", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

Gst.init(None)
calls = {}


def echo(channel):
    channel.connect("on-message-string", lambda channel, text: channel.emit("send-string", text))


def create_call():
    pipeline = Gst.Pipeline.new(None)
    bin = Gst.ElementFactory.make("webrtcbin", None)
    bin.set_property("bundle-policy", GstWebRTC.WebRTCBundlePolicy.MAX_BUNDLE)
    bin.connect("on-data-channel", lambda _, channel: echo(channel))
    ice = bin.get_property("ice-agent")
    # Firefox pairs addresses of the loopback interface with each other only.
    ice.emit("add-local-ip-address", "127.0.0.1")
    pipeline.add(bin)
    pipeline.set_state(Gst.State.PLAYING)
    # The references keep them alive. Releasing that of the agent would free it while webrtcbin uses it.
    return {"pipeline": pipeline, "bin": bin, "ice": ice}


def reply(call, answer):
    calls[call]["sdp"] = answer
    print(json.dumps({"call": call, "sdp": answer}), flush=True)


def wait_for_candidates(call):
    """webrtcbin adds its candidates to the local description while it gathers."""
    bin = calls[call]["bin"]
    if bin.get_property("ice-gathering-state") != GstWebRTC.WebRTCICEGatheringState.COMPLETE:
        return GLib.SOURCE_CONTINUE
    reply(call, bin.get_property("local-description").sdp.as_text())
    return GLib.SOURCE_REMOVE


def answer(request):
    call = request["call"]
    if call not in calls:
        calls[call] = create_call()
    bin = calls[call]["bin"]
    _, message = GstSdp.SDPMessage.new_from_text(request["sdp"])
    offer = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.OFFER, message)
    applied = Gst.Promise.new()
    bin.emit("set-remote-description", offer, applied)
    applied.wait()
    for line in request["sdp"].splitlines():
        if line.startswith("a=candidate:"):
            bin.emit("add-ice-candidate", 0, line[2:])
    created = Gst.Promise.new()
    bin.emit("create-answer", None, created)
    created.wait()
    # The reply owns the description.
    created_reply = created.get_reply()
    description = created_reply.get_value("answer")
    bin.emit("set-local-description", description, Gst.Promise.new())
    GLib.timeout_add(100, wait_for_candidates, call)
    return GLib.SOURCE_REMOVE


def read_requests():
    for line in sys.stdin:
        GLib.idle_add(answer, json.loads(line))


threading.Thread(target=read_requests, daemon=True).start()
GLib.MainLoop().run()

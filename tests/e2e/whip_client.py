#!/usr/bin/python3
"""Contributes by WHIP as GStreamer's webrtcbin does it: a picture of one colour and a tone.

  whip_client.py URL COLOUR(0xAARRGGBB) HZ

Prints "joined LOCATION"; leaves when stdin closes.
"""
import sys
import threading
import urllib.parse
import urllib.request

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
gi.require_version("GstSdp", "1.0")
from gi.repository import Gst, GstSdp, GstWebRTC  # noqa: E402

url, colour, hz = sys.argv[1:4]
Gst.init(None)
pipeline = Gst.parse_launch(
    "webrtcbin name=w bundle-policy=max-bundle "
    f"videotestsrc is-live=true pattern=solid-color foreground-color={int(colour, 16)} "
    "! video/x-raw,width=320,height=180,framerate=15/1 ! vp8enc deadline=1 keyframe-max-dist=30 ! rtpvp8pay pt=96 "
    "! application/x-rtp,media=video,encoding-name=VP8,payload=96,clock-rate=90000 ! w. "
    f"audiotestsrc is-live=true freq={hz} volume=0.25 ! audioconvert ! audioresample ! opusenc ! rtpopuspay pt=97 "
    "! application/x-rtp,media=audio,encoding-name=OPUS,payload=97,clock-rate=48000 ! w.")
webrtc = pipeline.get_by_name("w")
negotiation, gathered = threading.Event(), threading.Event()


def on_gathering(element, _):
    if element.get_property("ice-gathering-state") == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
        gathered.set()


def promised(signal, argument):
    promise = Gst.Promise.new()
    webrtc.emit(signal, argument, promise)
    promise.wait()
    return promise


webrtc.connect("on-negotiation-needed", lambda _: negotiation.set())
webrtc.connect("notify::ice-gathering-state", on_gathering)
pipeline.set_state(Gst.State.PLAYING)
negotiation.wait(10)
for i in range(2):  # it only sends
    webrtc.emit("get-transceiver", i).set_property("direction", GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY)
created = promised("create-offer", None)
reply = created.get_reply()  # the offer lives as long as both
offer = reply.get_value("offer")
promised("set-local-description", offer)
gathered.wait(5)

request = urllib.request.Request(url, webrtc.get_property("local-description").sdp.as_text().encode(),
                                 {"Content-Type": "application/sdp"}, method="POST")
with urllib.request.urlopen(request, timeout=10) as response:
    session = urllib.parse.urljoin(url, response.headers["Location"])
    _, message = GstSdp.SDPMessage.new()
    GstSdp.sdp_message_parse_buffer(response.read(), message)
promised("set-remote-description", GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message))
print("joined", session, flush=True)
sys.stdin.read()
urllib.request.urlopen(urllib.request.Request(session, method="DELETE"), timeout=5)
pipeline.set_state(Gst.State.NULL)

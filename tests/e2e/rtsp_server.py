#!/usr/bin/python3
"""An RTSP server on loopback: rtsp://127.0.0.1:PORT/film plays the Matroska file (H.264, Opus) from its beginning for each client, and says "ready"
when it listens. Of /lossy one RTP packet in fifty is lost.

   rtsp_server.py PORT FILE
"""
import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

Gst.init(None)
server = GstRtspServer.RTSPServer()
server.set_address("127.0.0.1")
server.set_service(sys.argv[1])
for path, last in (("/film", "name="), ("/lossy", "! identity drop-probability=0.02 name=")):
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(
        f"( filesrc location={sys.argv[2]} ! matroskademux name=d "
        f"d.video_0 ! queue ! h264parse ! rtph264pay pt=96 mtu=600 config-interval=1 {last}pay0 "
        f"d.audio_0 ! queue ! opusparse ! rtpopuspay pt=97 {last}pay1 )"
    )
    server.get_mount_points().add_factory(path, factory)
server.attach(None)
print("ready", flush=True)
GLib.MainLoop().run()

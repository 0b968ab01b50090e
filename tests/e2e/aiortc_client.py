#!/usr/bin/python3
"""A participant by aiortc: joins, sends a .y4m and a .wav over and over, and tells what it gets.

  aiortc_client.py URL Y4M WAV CODEC(VP8|H264) HZ...

Lines of JSON on stdout: {"joined": Location}, {"picture": {width, height, cell, y, u, v}} with means of cells of
40x40 pixels row by row, {"tones": [dB]}. Leaves when stdin closes.
"""
import asyncio
import fractions
import json
import sys
import urllib.request
import wave

import numpy
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCRtpSender, RTCSessionDescription, VideoStreamTrack
from av import AudioFrame, VideoFrame

CELL = 40
AUDIO_RATE = 48000
WINDOW = 8192


def tell(**what):
    print(json.dumps(what), flush=True)


class Camera(VideoStreamTrack):
    def __init__(self, path):
        super().__init__()
        with open(path, "rb") as file:
            header = dict((word[:1], word[1:]) for word in file.readline().decode().split()[1:])
            self.width, self.height = int(header["W"]), int(header["H"])
            size = self.width * self.height * 3 // 2
            self.pictures = []
            while file.readline():
                picture = numpy.frombuffer(file.read(size), numpy.uint8)
                self.pictures.append(picture.reshape(self.height * 3 // 2, self.width))
        self.sent = 0

    async def recv(self):
        pts, time_base = await self.next_timestamp()  # 30 a second, the file has 15
        frame = VideoFrame.from_ndarray(self.pictures[self.sent // 2 % len(self.pictures)], "yuv420p")
        frame.pts, frame.time_base = pts, time_base
        self.sent += 1
        return frame


class Microphone(MediaStreamTrack):
    kind = "audio"

    def __init__(self, path):
        super().__init__()
        with wave.open(path) as file:
            self.samples = numpy.frombuffer(file.readframes(file.getnframes()), numpy.int16)
        self.at = 0
        self.start = None

    async def recv(self):
        n = AUDIO_RATE // 50
        loop = asyncio.get_event_loop()
        self.start = self.start or loop.time()
        await asyncio.sleep(max(0, self.start + self.at / AUDIO_RATE - loop.time()))
        part = numpy.take(self.samples, range(self.at, self.at + n), mode="wrap")
        frame = AudioFrame.from_ndarray(part.reshape(1, n), "s16", "mono")
        frame.sample_rate, frame.pts, frame.time_base = AUDIO_RATE, self.at, fractions.Fraction(1, AUDIO_RATE)
        self.at += n
        return frame


def cell_means(plane, cell):
    rows, columns = plane.shape[0] // cell, plane.shape[1] // cell
    cells = plane[: rows * cell, : columns * cell].reshape(rows, cell, columns, cell)
    return [round(float(mean), 1) for mean in cells.mean(axis=(1, 3)).flat]


def planes_of(frame):
    for plane, divisor in zip(frame.planes, (1, 2, 2)):
        rows = numpy.frombuffer(plane, numpy.uint8).reshape(-1, plane.line_size)
        yield rows[: frame.height // divisor, : frame.width // divisor], CELL // divisor


async def look(track):
    n = 0
    while True:
        frame = await track.recv()
        n += 1
        if n % 5:
            continue
        y, u, v = (cell_means(plane, cell) for plane, cell in planes_of(frame))
        tell(picture={"width": frame.width, "height": frame.height, "cell": CELL, "y": y, "u": u, "v": v})


async def listen(track, frequencies):
    heard = numpy.zeros(0)
    while True:
        frame = await track.recv()
        samples = frame.to_ndarray().flatten()[:: len(frame.layout.channels)]
        heard = numpy.append(heard, samples / 32768)
        if len(heard) < WINDOW:
            continue
        spectrum = numpy.abs(numpy.fft.rfft(heard[:WINDOW] * numpy.blackman(WINDOW))) / WINDOW
        bins = [round(hz * WINDOW / AUDIO_RATE) for hz in frequencies]
        tell(tones=[round(20 * float(numpy.log10(max(1e-9, *spectrum[b - 2 : b + 3]))), 1) for b in bins])
        heard = numpy.zeros(0)


def request(method, url, body=None):
    headers = {"Content-Type": "application/sdp"} if body else {}
    with urllib.request.urlopen(urllib.request.Request(url, body, headers, method=method), timeout=10) as response:
        return response.headers, response.read().decode()


async def main(url, y4m, wav, codec, *frequencies):
    pc = RTCPeerConnection()
    tasks = []

    @pc.on("track")
    def on_track(track):
        tasks.append(asyncio.ensure_future(look(track) if track.kind == "video" else listen(track, [float(hz) for hz in frequencies])))

    pc.addTrack(Microphone(wav))
    pc.addTrack(Camera(y4m))
    offered = [c for c in RTCRtpSender.getCapabilities("video").codecs if c.name in (codec, "rtx")]
    pc.getTransceivers()[1].setCodecPreferences(offered)
    await pc.setLocalDescription(await pc.createOffer())
    headers, answer = request("POST", url, pc.localDescription.sdp.encode())
    tell(joined=headers["Location"])
    await pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    await asyncio.get_event_loop().run_in_executor(None, sys.stdin.read)
    request("DELETE", urllib.request.urljoin(url, headers["Location"]))
    for task in tasks:
        task.cancel()
    await pc.close()


asyncio.run(main(*sys.argv[1:]))

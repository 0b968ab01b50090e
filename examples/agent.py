#!/usr/bin/python3
"""A voice agent for tessera: waits until people have spoken, "transcribes", answers by espeak-ng, and is silent when it is interrupted.

    apt install python3-websockets espeak-ng
    examples/agent.py ws://127.0.0.1:8080 standup [TOKEN]

Put your speech recognition into transcribe(): it gets 16 kHz mono, int16, the low byte first. docs/MACHINES.md has the protocol.
"""
import array
import asyncio
import json
import struct
import subprocess
import sys

import websockets

RATE = 16000
FRAME = RATE // 50 * 2  # bytes of 20 ms


def transcribe(pcm):
    """A stub: says for how long somebody spoke."""
    return f"I heard you for {len(pcm) / 2 / RATE:.1f} seconds"


def speak(text):
    """Words as samples at RATE: espeak-ng writes a WAV file at a rate of its own."""
    wav = subprocess.run(["espeak-ng", "--stdout", text], capture_output=True, check=True).stdout
    rate, = struct.unpack_from("<I", wav, 24)
    samples = array.array("h", wav[44:44 + (len(wav) - 44) // 2 * 2])
    return array.array("h", (samples[i * rate // RATE] for i in range(len(samples) * RATE // rate))).tobytes()


async def main(url, room, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    name = "extra_headers" if int(websockets.__version__.split(".")[0]) < 14 else "additional_headers"
    async with websockets.connect(f"{url}/v1/rooms/{room}/media?rate={RATE}&name=Parrot", **{name: headers}) as socket:
        talking, heard, answering = set(), bytearray(), False
        async for message in socket:
            if isinstance(message, bytes):  # 4 bytes number, 4 bytes milliseconds, then 20 ms of sound
                if talking and not answering:
                    heard += message[8:]
                continue
            event = json.loads(message)
            if event["event"] == "mark" and event["mark"]["name"] == "answer":
                answering = False  # all of it was spoken, or cleared
            elif event["event"] == "talk" and event["talking"]:
                talking.add(event["participant"])
                if answering:  # they interrupt
                    await socket.send(json.dumps({"event": "clear"}))
            elif event["event"] == "talk":
                talking.discard(event["participant"])
                if talking or answering or len(heard) < 10 * FRAME:
                    continue
                print(f"heard {len(heard) / 2 / RATE:.1f} s", flush=True)
                answer = await asyncio.to_thread(speak, transcribe(bytes(heard)))
                heard.clear()
                answering = True
                for at in range(0, len(answer), 32 * FRAME):
                    await socket.send(answer[at:at + 32 * FRAME])
                await socket.send(json.dumps({"event": "mark", "name": "answer"}))
            elif event["event"] == "stop":
                print(f"over: {event['reason']}", flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

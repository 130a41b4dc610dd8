"""Bedrock's ConverseStream as the behaviour of a server: event stream frames with real delays, and errors."""

import binascii
import json
import struct

from tests.bot_server import Behaviour, send

_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\nTransfer-Encoding: chunked\r\n"
    b"x-amzn-RequestId: 1\r\n\r\n"
)
_STRING = 7
"""Type of a header with a text."""


def frame(kind: str, payload: object, message_type: str = "event") -> bytes:
    """Return a frame: lengths and their checksum, headers, payload, and the checksum of all of it."""
    names = {":message-type": message_type, f":{message_type}-type": kind, ":content-type": "application/json"}
    headers = b"".join(
        bytes([len(name)]) + name.encode() + struct.pack(">BH", _STRING, len(value)) + value.encode()
        for name, value in names.items()
    )
    body = json.dumps(payload).encode()
    prelude = struct.pack(">II", 16 + len(headers) + len(body), len(headers))
    start = prelude + struct.pack(">I", binascii.crc32(prelude)) + headers + body
    return start + struct.pack(">I", binascii.crc32(start))


def failure(kind: str, message: str = "The text of the user") -> bytes:
    """Return the frame of an error inside a stream, such as ``throttlingException``."""
    return frame(kind, {"message": message}, "exception")


def text(content: str, block: int = 0) -> bytes:
    """Return the frame of a piece of text."""
    return frame("contentBlockDelta", {"contentBlockIndex": block, "delta": {"text": content}})


def call(name: str, *pieces: str, block: int = 1) -> bytes:
    """Return the frames of a call of a tool."""
    start = {"toolUse": {"toolUseId": f"tooluse_{name}", "name": name}}
    deltas = ({"contentBlockIndex": block, "delta": {"toolUse": {"input": piece}}} for piece in pieces)
    frames = [frame("contentBlockDelta", delta) for delta in deltas]
    return b"".join([frame("contentBlockStart", {"contentBlockIndex": block, "start": start}), *frames])


def stop(reason: str = "end_turn") -> bytes:
    """Return the frame of the end of an answer."""
    return frame("messageStop", {"stopReason": reason})


START = frame("messageStart", {"role": "assistant"})
USAGE = frame(
    "metadata", {"usage": {"inputTokens": 9, "outputTokens": 4, "totalTokens": 13}, "metrics": {"latencyMs": 80}}
)


def converse(*frames: bytes, pause: float = 0, ends: bool = True) -> Behaviour:
    """Return the behaviour of a response of frames, one chunk each; without its end if it is cut."""
    return send(*chunks(*frames), *([b"0\r\n\r\n"] if ends else []), pause=pause)


def chunks(*frames: bytes) -> list[bytes]:
    """Return the head of a response, and frames as its chunks."""
    return [_HEAD, *(f"{len(item):x}\r\n".encode() + item + b"\r\n" for item in frames)]

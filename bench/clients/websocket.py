"""The client's side of WebSocket (RFC 6455), reduced to the needs of a load client."""

import os
from base64 import b64encode

TEXT, CLOSE, PING, PONG = 0x81, 0x88, 0x89, 0x8A
SHORT_BYTES = 2  # Engine.IO's pings are text frames of one byte

ControlFrame = tuple[int, bytes]  # opcode, payload


def upgrade(path: str, port: int, cookie: str) -> bytes:
    """The request that opens a WebSocket."""
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"Sec-WebSocket-Key: {b64encode(os.urandom(16)).decode()}", "Sec-WebSocket-Version: 13"]
    if cookie:
        lines.append(f"Cookie: {cookie}")
    return "\r\n".join([*lines, "", ""]).encode()


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """A client's frame, with a mask of zeros, which is allowed and costs nothing."""
    size = len(payload)
    head = bytes((opcode, 0x80 | size)) if size < 126 else bytes((opcode, 0xFE)) + size.to_bytes(2, "big")
    return head + b"\0\0\0\0" + payload


def split_frames(data: bytes) -> tuple[int, list[ControlFrame]]:
    """The length of the complete frames in `data`, and those of them that are control frames or Engine.IO's pings."""
    place, end = 0, len(data)
    control_frames: list[ControlFrame] = []
    while end - place >= 2:
        size, start = data[place + 1], place + 2
        if size == 126:
            start += 2
            size = int.from_bytes(data[place + 2 : start], "big")
        elif size == 127:
            start += 8
            size = int.from_bytes(data[place + 2 : start], "big")
        if start + size > end:
            break
        if data[place] != TEXT or size <= SHORT_BYTES:
            control_frames.append((data[place], data[start : start + size]))
        place = start + size
    return place, control_frames

"""Encoding of server frames: compact JSON, once for any number of clients."""

import json
from collections.abc import Mapping
from typing import Protocol

Frame = Mapping[str, object]

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Preparer(Protocol):
    """A transport's way of turning a text into what it writes to a socket."""

    def prepare(self, text: str) -> object: ...


class EncodedFrame:
    """A server frame, encoded once and prepared once for the transport, however many clients it is sent to."""

    __slots__ = ("prepared", "text")

    def __init__(self, frame: Frame) -> None:
        self.text = encode(frame)
        self.prepared: object = None

    def prepare(self, transport: Preparer) -> object:
        """Prepare the text for a transport; all transports of a process prepare alike, so the result is kept."""
        self.prepared = transport.prepare(self.text)
        return self.prepared

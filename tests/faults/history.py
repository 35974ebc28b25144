"""The record of a run: what clients sent and received, and what the database holds; `checker.py` compares them."""

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path


def digest(text: str) -> str:
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


@dataclass
class SendAttempt:
    """One frame sent once on one connection. `ended_at`: when it was answered or the connection ended.

    `target`: the client id of the message that is stored or changed; `digest`: of the text it should have afterwards.
    """

    writer: str
    author: int
    room: int
    kind: str
    client_id: str
    target: str
    digest: str
    sent_at: float
    ended_at: float | None = None
    answer: dict | None = None

    @property
    def is_acked(self) -> bool:
        return self.answer is not None and self.answer["type"] == "ack"

    @property
    def outcome(self) -> str:
        """A short summary: `say acked`, `edit busy`, `say no answer`."""
        answer = self.answer or {"code": "no answer"}
        return f"{self.kind} {'acked' if self.is_acked else answer.get('code')}"


@dataclass
class ReceivedEvents:
    """One `events` frame: `changes` are (seq, version, client id, digest)."""

    room: int
    epoch: str
    since: int
    version: int
    reset: bool
    changes: list[tuple[int, int, str, str]]
    at: float


@dataclass
class ReaderStream:
    """Everything one reader received, in order; `opened` and `closed` separate its connections."""

    reader: str
    # ("opened", None), ("joined", room), ("received", ReceivedEvents), ("closed", code), or ("removed", deadline),
    # after which nothing may be received.
    entries: list[tuple[str, object]] = field(default_factory=list)


@dataclass(frozen=True)
class StoredMessage:
    """A message in the database; `version` is that of its last change."""

    room: int
    seq: int
    version: int
    author: int
    client_id: str
    digest: str
    changed: bool


@dataclass(frozen=True)
class StoredLog:
    """The database's content: `heads` are {room: (epoch, last_seq, version)}."""

    heads: dict[int, tuple[str, int, int]]
    rows: list[StoredMessage]


class RunHistory:
    """What the clients of one run sent and received."""

    def __init__(self) -> None:
        self.attempts: list[SendAttempt] = []
        self.streams: list[ReaderStream] = []

    def stream(self, reader: str) -> ReaderStream:
        """Add a stream for this reader."""
        self.streams.append(ReaderStream(reader))
        return self.streams[-1]

    def send(self, writer: str, author: int, frame: dict, target: str | None = None) -> SendAttempt:
        """Record a frame being sent; `target` is the message's client id if the frame changes one."""
        kind, text = frame["type"], digest(frame.get("text", ""))
        target = target or frame["id"]
        attempt = SendAttempt(writer, author, frame["room"], kind, frame["id"], target, text, time.monotonic())
        self.attempts.append(attempt)
        return attempt

    @property
    def acked(self) -> list[SendAttempt]:
        return [attempt for attempt in self.attempts if attempt.is_acked]

    def summary(self) -> str:
        """Counts of outcomes, connections and events, in one line."""
        answers = Counter(attempt.outcome for attempt in self.attempts)
        entries = Counter(kind for stream in self.streams for kind, _value in stream.entries)
        span = max(a.sent_at for a in self.attempts) - min(a.sent_at for a in self.attempts) if self.attempts else 0
        return f"{dict(answers)}, {entries['opened']} connections, {entries['received']} events, in {span:.0f} s"

    def ack_seconds(self, since: float = 0.0, until: float = float("inf")) -> list[float]:
        """Ack latencies, in seconds, of the frames sent in that span."""
        return [a.ended_at - a.sent_at for a in self.acked if since <= a.sent_at < until]

    def delays(self, since: float = 0.0, until: float = float("inf")) -> Iterator[float]:
        """Delivery latencies in seconds: one for each reader and message sent in that span."""
        sent = {a.client_id: a.sent_at for a in reversed(self.acked) if since <= a.sent_at < until}
        entries = (entry for stream in self.streams for entry in stream.entries)
        for events in (value for kind, value in entries if kind == "received" and not value.reset):
            yield from (events.at - sent[client_id] for _s, _v, client_id, _d in events.changes if client_id in sent)

    def longest_wait(self) -> float:
        """The longest time, in seconds, until an answer or the end of the connection."""
        return max(attempt.ended_at - attempt.sent_at for attempt in self.attempts if attempt.ended_at)

    def save(self, path: Path) -> None:
        """Write everything as JSON lines, for debugging."""
        with path.open("w") as file:
            for attempt in self.attempts:
                file.write(json.dumps(vars(attempt)) + "\n")
            for stream in self.streams:
                for kind, value in stream.entries:
                    plain = vars(value) if isinstance(value, ReceivedEvents) else value
                    file.write(json.dumps([stream.reader, kind, plain]) + "\n")


def received_events(frame: dict) -> ReceivedEvents:
    """Convert an `events` frame, received now."""
    changes = [(m["seq"], m["version"], m["id"], digest(m["text"])) for m in frame["messages"]]
    reset, now = bool(frame.get("reset")), time.monotonic()
    return ReceivedEvents(frame["room"], frame["epoch"], frame["since"], frame["version"], reset, changes, now)

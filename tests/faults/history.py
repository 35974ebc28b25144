"""What the talkers did and saw, and what the database holds; `checker.py` compares the two."""

import hashlib
import json
import time
from collections import Counter
from dataclasses import dataclass, field


def digest(text):
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


@dataclass
class Attempt:
    """One sending of one frame on one connection. `ended_at`: its answer or the connection's end.

    `of`: the client id of the message that is said or changed; `digest`: of the text that it shall have.
    """

    writer: str
    author: int
    room: int
    kind: str
    client_id: str
    of: str
    digest: str
    sent_at: float
    ended_at: float | None = None
    answer: dict | None = None

    @property
    def is_acked(self):
        return self.answer is not None and self.answer["type"] == "ack"

    @property
    def outcome(self):
        """In a word or two: `say acked`, `edit busy`, `say no answer`."""
        answer = self.answer or {"code": "no answer"}
        return f"{self.kind} {'acked' if self.is_acked else answer.get('code')}"


@dataclass
class Heard:
    """One `events` frame: `changes` are (seq, version, client id, digest)."""

    room: int
    epoch: str
    since: int
    version: int
    reset: bool
    changes: list
    at: float


@dataclass
class Stream:
    """All that one reader heard, in order, connections told apart by `opened` and `closed`."""

    reader: str
    # ("opened", None), ("stands", room), ("heard", Heard), ("closed", code), or ("removed", when it must hear no more)
    entries: list = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """A message as the database holds it. `version` is that of its last change."""

    room: int
    seq: int
    version: int
    author: int
    client_id: str
    digest: str
    changed: bool


@dataclass(frozen=True)
class Log:
    """What the database holds: `heads` are {room: (epoch, last_seq, version)}."""

    heads: dict
    rows: list


class History:
    """Kept by the talkers of one run while it runs."""

    def __init__(self):
        self.attempts = []
        self.streams = []

    def stream(self, reader):
        self.streams.append(Stream(reader))
        return self.streams[-1]

    def send(self, writer, author, frame, of=None):
        kind, text = frame["type"], digest(frame.get("text", ""))
        of = of or frame["id"]
        attempt = Attempt(writer, author, frame["room"], kind, frame["id"], of, text, time.monotonic())
        self.attempts.append(attempt)
        return attempt

    @property
    def acked(self):
        return [attempt for attempt in self.attempts if attempt.is_acked]

    def summary(self):
        """What all this was about, in a line."""
        answers = Counter(attempt.outcome for attempt in self.attempts)
        heard = Counter(kind for stream in self.streams for kind, _what in stream.entries)
        span = max(a.sent_at for a in self.attempts) - min(a.sent_at for a in self.attempts) if self.attempts else 0
        return f"{dict(answers)}, {heard['opened']} connections, {heard['heard']} events, in {span:.0f} s"

    def ack_seconds(self, since=0.0, until=float("inf")):
        """How long the acks of what was sent in that span took."""
        return [a.ended_at - a.sent_at for a in self.acked if since <= a.sent_at < until]

    def delays(self, since=0.0, until=float("inf")):
        """Seconds from sending to hearing, one for each reader and message sent in that span."""
        sent = {a.client_id: a.sent_at for a in reversed(self.acked) if since <= a.sent_at < until}
        entries = (entry for stream in self.streams for entry in stream.entries)
        for event in (what for kind, what in entries if kind == "heard" and not what.reset):
            yield from (event.at - sent[client_id] for _s, _v, client_id, _d in event.changes if client_id in sent)

    def longest_wait(self):
        """For an answer or the end of the connection, whichever came first."""
        return max(attempt.ended_at - attempt.sent_at for attempt in self.attempts if attempt.ended_at)

    def save(self, path):
        """Everything, a line each, to be read by a person."""
        with path.open("w") as file:
            for attempt in self.attempts:
                file.write(json.dumps(vars(attempt)) + "\n")
            for stream in self.streams:
                for kind, what in stream.entries:
                    told = vars(what) if isinstance(what, Heard) else what
                    file.write(json.dumps([stream.reader, kind, told]) + "\n")


def heard(frame):
    """An `events` frame as a history keeps it."""
    changes = [(m["seq"], m["version"], m["id"], digest(m["text"])) for m in frame["messages"]]
    reset = bool(frame.get("reset"))
    return Heard(frame["room"], frame["epoch"], frame["since"], frame["version"], reset, changes, time.monotonic())

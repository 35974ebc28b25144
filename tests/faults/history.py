"""What the talkers saw and did, and what must be true of it afterwards (`check`)."""

import hashlib
import json
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field

ANSWER_SECONDS = 30
# A client further behind than this is given the last page anew; nearer, a reset would only hide a loss.
CATCH_UP_CHANGES = 500
LATER = ("slow_down", "busy", "unavailable")


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
        return f"{dict(answers)}, {heard['opened']} connections, {heard['heard']} events"

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


def check(history, log):
    """Everything that is wrong, as sentences; an empty list if all promises were kept."""
    return [
        *check_attempts(history.attempts, log),
        *check_log(log),
        *(wrong for stream in history.streams for wrong in ReaderCheck(stream, log).wrongs()),
    ]


# --- What was sent


def check_attempts(attempts, log):
    rows = defaultdict(list)
    for row in log.rows:
        rows[row.room, row.author, row.client_id].append(row)
    yield from _doubles(rows)
    yield from _broken_answers(attempts)
    yield from _never_acked(attempts)
    for key, ours in _by_message(attempts).items():
        yield from _check_message(ours, rows.get(key, []))


def _doubles(rows):
    for (_room, _author, client_id), found in rows.items():
        if len(found) > 1:
            yield f"{client_id} is stored {len(found)} times: {[row.seq for row in found]}"


def _broken_answers(attempts):
    for attempt in attempts:
        waited = (attempt.ended_at or float("inf")) - attempt.sent_at
        if waited > ANSWER_SECONDS:
            yield f"{attempt.client_id} of {attempt.writer} had no answer for {waited:.1f} s"
        if attempt.answer and attempt.answer["type"] == "error" and attempt.answer["code"] not in LATER:
            yield f"{attempt.client_id} of {attempt.writer} was refused: {attempt.answer['code']}"


def _never_acked(attempts):
    acked = {attempt.client_id for attempt in attempts if attempt.is_acked}
    for client_id, count in Counter(attempt.client_id for attempt in attempts).items():
        if client_id not in acked:
            yield f"{client_id} was never acknowledged, in {count} attempts"


def _by_message(attempts):
    found = defaultdict(list)
    for attempt in attempts:
        found[attempt.room, attempt.author, attempt.of].append(attempt)
    return found


def _check_message(attempts, rows):
    acks = [attempt.answer for attempt in attempts if attempt.is_acked]
    client_id = attempts[0].of
    if acks and not rows:
        yield f"{client_id} was acknowledged as {acks[0]['seq']} and is not stored"
    if acks and rows and {ack["seq"] for ack in acks} != {rows[0].seq}:
        yield f"{client_id} is stored as {rows[0].seq} and was acknowledged as {[ack['seq'] for ack in acks]}"
    # Its author changes a message only when the change before is acknowledged; and says it again without meaning it.
    changes = [attempt for attempt in attempts if attempt.kind != "say"]
    if rows and rows[0].digest != (changes or attempts)[-1].digest:
        yield f"{client_id} is stored with another text"


# --- What is stored


def check_log(log):
    rows = defaultdict(list)
    for row in log.rows:
        rows[row.room].append(row)
    for room, (_epoch, last_seq, version) in log.heads.items():
        yield from _check_room(room, last_seq, version, rows[room])


def _check_room(room, last_seq, version, rows):
    seqs = sorted(row.seq for row in rows)
    versions = Counter(row.version for row in rows)
    if seqs != list(range(1, last_seq + 1)):
        yield f"the seqs of room {room} are not 1..{last_seq}: {holes(seqs, last_seq)}"
    if max(versions, default=0) != version or max(versions.values(), default=1) > 1:
        yield f"the versions of room {room} do not rise to {version}, once each"
    if not any(row.changed for row in rows) and sorted(versions) != list(range(1, version + 1)):
        yield f"the versions of room {room} are not 1..{version}: {holes(versions, version)}"


def holes(numbers, last):
    counted = Counter(numbers)
    missing = [number for number in range(1, last + 1) if not counted[number]]
    return {"missing": missing[:10], "twice": [n for n, count in counted.items() if count > 1][:10]}


# --- What was heard


class ReaderCheck:
    """Follows one stream: nothing skipped, nothing twice, nothing of a room one does not stand in, up to the end."""

    def __init__(self, stream, log):
        self._stream = stream
        self._log = log
        self._current = {}  # (room, version): the row which still has that version
        for row in log.rows:
            self._current[row.room, row.version] = row
        self._held = {}  # room: (epoch, version)
        self._room = None
        self._alive = False
        self._removed_at = float("inf")

    def wrongs(self):
        for kind, what in self._stream.entries:
            for wrong in getattr(self, f"_{kind}")(what):
                yield f"{self._stream.reader}: {wrong}"
        yield from self._end()

    def _opened(self, _nothing):
        self._alive = True
        return ()

    def _closed(self, code):
        self._alive = False
        return [f"was turned away with {code}"] if code in (4001, 4003) and not self._is_removed else ()

    def _removed(self, deadline):
        self._removed_at = deadline
        return ()

    @property
    def _is_removed(self):
        return self._removed_at < float("inf")

    def _stands(self, room):
        self._room = room
        return ()

    def _heard(self, event):
        if event.at > self._removed_at:
            yield f"heard of room {event.room} {event.at - self._removed_at:.1f} s after it was to hear no more"
        if event.room != self._room:
            yield f"heard of room {event.room} while standing in {self._room}"
        yield from self._check_reset(event) if event.reset else self._check_continuation(event)
        yield from self._check_changes(event)
        self._held[event.room] = (event.epoch, event.version)

    def _check_reset(self, event):
        epoch, version = self._held.get(event.room, ("", 0))
        if epoch == event.epoch and event.version - version <= CATCH_UP_CHANGES:
            yield f"was reset from {version} to {event.version} though it could go on"

    def _check_continuation(self, event):
        epoch, version = self._held.get(event.room, ("", 0))
        if (epoch, version) != (event.epoch, event.since):
            how = "skipped from" if event.since > version else "went back from"
            yield f"{how} {epoch}:{version} to {event.epoch}:{event.since}..{event.version}"
        if event.version < event.since:
            yield f"heard {event.version} after {event.since}"

    def _check_changes(self, event):
        rows = self._log_rows(event)
        for (seq, version, client_id, said), row in zip(event.changes, rows, strict=True):
            if row and (row.seq, row.client_id) != (seq, client_id):
                yield f"heard {client_id} as {seq}, version {version}; stored is {row.client_id} as {row.seq}"
            elif row and row.digest != said:
                yield f"heard another text of {client_id} than is stored"
            elif row is None and version > self._log.heads[event.room][2]:
                yield f"heard version {version}, which was never stored"
        yield from self._check_order(event)

    def _log_rows(self, event):
        return [self._current.get((event.room, version)) for _seq, version, _id, _said in event.changes]

    def _check_order(self, event):
        versions = [version for _seq, version, _id, _said in event.changes]
        if event.reset:
            yield from self._check_page([seq for seq, _version, _id, _said in event.changes])
            return
        if versions != sorted(set(versions)):
            yield f"heard the versions {versions} in disorder"
        expected = {v for v in range(event.since + 1, event.version + 1) if (event.room, v) in self._current}
        if missing := expected - set(versions):
            yield f"was told to be complete up to {event.version} without {sorted(missing)[:10]}"

    def _check_page(self, seqs):
        if seqs and seqs != list(range(seqs[0], seqs[-1] + 1)):
            yield f"was reset to a page with holes: {seqs}"

    def _end(self):
        head = self._log.heads.get(self._room)
        if self._is_removed:
            if self._alive:
                yield f"{self._stream.reader}: was removed and is still connected"
        elif not self._alive:
            yield f"{self._stream.reader}: was not connected at the end"
        elif head and self._held.get(self._room) != (head[0], head[2]):
            yield f"{self._stream.reader}: ended at {self._held.get(self._room)}, the room at {head[0]}:{head[2]}"

"""The invariants of a run: each acknowledged message is in the log once, and no reader's stream has a gap."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from .history import ReaderStream, ReceivedEvents, RunHistory, SendAttempt, StoredLog, StoredMessage

ANSWER_TIMEOUT_SECONDS = 30
RETRYABLE_CODES = ("slow_down", "busy", "unavailable")
# A client further behind than this is reset to the last page; nearer, a reset would only hide a loss.
CATCH_UP_CHANGES = 500


def check(history: RunHistory, log: StoredLog) -> list[str]:
    """Describe every violated invariant in a sentence; an empty list if there is none."""
    return [
        *check_attempts(history.attempts, log),
        *check_log(log),
        *(violation for stream in history.streams for violation in ReaderCheck(stream, log).violations()),
    ]


# --- Sent frames


def check_attempts(attempts: list[SendAttempt], log: StoredLog) -> Iterator[str]:
    """Compare the frames sent and their answers with the log."""
    rows = defaultdict(list)
    for row in log.rows:
        rows[row.room, row.author, row.client_id].append(row)
    yield from _duplicates(rows)
    yield from _bad_answers(attempts)
    yield from _never_acked(attempts)
    for key, group in _by_message(attempts).items():
        yield from _check_message(group, rows.get(key, []))


def _duplicates(rows: dict[tuple[int, int, str], list[StoredMessage]]) -> Iterator[str]:
    for (_room, _author, client_id), found in rows.items():
        if len(found) > 1:
            yield f"{client_id} is stored {len(found)} times: {[row.seq for row in found]}"


def _bad_answers(attempts: list[SendAttempt]) -> Iterator[str]:
    for attempt in attempts:
        waited = (attempt.ended_at or float("inf")) - attempt.sent_at
        if waited > ANSWER_TIMEOUT_SECONDS:
            yield f"{attempt.client_id} of {attempt.writer} had no answer for {waited:.1f} s"
        if attempt.answer and attempt.answer["type"] == "error" and attempt.answer["code"] not in RETRYABLE_CODES:
            yield f"{attempt.client_id} of {attempt.writer} was refused: {attempt.answer['code']}"


def _never_acked(attempts: list[SendAttempt]) -> Iterator[str]:
    acked = {attempt.client_id for attempt in attempts if attempt.is_acked}
    for client_id, count in Counter(attempt.client_id for attempt in attempts).items():
        if client_id not in acked:
            yield f"{client_id} was never acknowledged, in {count} attempts"


def _by_message(attempts: list[SendAttempt]) -> dict[tuple[int, int, str], list[SendAttempt]]:
    found = defaultdict(list)
    for attempt in attempts:
        found[attempt.room, attempt.author, attempt.target].append(attempt)
    return found


def _check_message(attempts: list[SendAttempt], rows: list[StoredMessage]) -> Iterator[str]:
    acks = [attempt.answer for attempt in attempts if attempt.is_acked]
    client_id = attempts[0].target
    if acks and not rows:
        yield f"{client_id} was acknowledged as {acks[0]['seq']} and is not stored"
    if acks and rows and {ack["seq"] for ack in acks} != {rows[0].seq}:
        yield f"{client_id} is stored as {rows[0].seq} and was acknowledged as {[ack['seq'] for ack in acks]}"
    # A writer sends a change only after the previous one was acknowledged; a resend of the message changes nothing.
    changes = [attempt for attempt in attempts if attempt.kind != "say"]
    if rows and rows[0].digest != (changes or attempts)[-1].digest:
        yield f"{client_id} is stored with a different text"


# --- The stored log


def check_log(log: StoredLog) -> Iterator[str]:
    """Check that seq and version of every room count up without holes."""
    rows = defaultdict(list)
    for row in log.rows:
        rows[row.room].append(row)
    for room, (_epoch, last_seq, version) in log.heads.items():
        yield from _check_room(room, last_seq, version, rows[room])


def _check_room(room: int, last_seq: int, version: int, rows: list[StoredMessage]) -> Iterator[str]:
    seqs = sorted(row.seq for row in rows)
    versions = Counter(row.version for row in rows)
    if seqs != list(range(1, last_seq + 1)):
        yield f"the seqs of room {room} are not 1..{last_seq}: {holes(seqs, last_seq)}"
    if max(versions, default=0) != version or max(versions.values(), default=1) > 1:
        yield f"the versions of room {room} do not rise to {version}, once each"
    if not any(row.changed for row in rows) and sorted(versions) != list(range(1, version + 1)):
        yield f"the versions of room {room} are not 1..{version}: {holes(versions, version)}"


def holes(numbers: Iterable[int], last: int) -> dict[str, list[int]]:
    """The first ten numbers of 1..`last` that are missing, and the first ten that occur twice."""
    counted = Counter(numbers)
    missing = [number for number in range(1, last + 1) if not counted[number]]
    return {"missing": missing[:10], "twice": [n for n, count in counted.items() if count > 1][:10]}


# --- Received events


class ReaderCheck:
    """Replays one reader's stream: no gap, no repetition, no event of a room it is not in, complete to the end."""

    def __init__(self, stream: ReaderStream, log: StoredLog) -> None:
        self._stream = stream
        self._log = log
        # (room, version): the row that still has that version
        self._current: dict[tuple[int, int], StoredMessage] = {}
        for row in log.rows:
            self._current[row.room, row.version] = row
        self._positions: dict[int, tuple[str, int]] = {}  # room: (epoch, version)
        self._room: int | None = None
        self._connected = False
        self._removed_at = float("inf")

    def violations(self) -> Iterator[str]:
        """Describe each violation, prefixed by the reader's name."""
        for kind, value in self._stream.entries:
            for violation in getattr(self, f"_on_{kind}")(value):
                yield f"{self._stream.reader}: {violation}"
        yield from self._check_end()

    def _on_opened(self, _nothing: None) -> Iterable[str]:
        self._connected = True
        return ()

    def _on_closed(self, code: int) -> Iterable[str]:
        self._connected = False
        return [f"was disconnected with {code}"] if code in (4001, 4003) and not self._is_removed else ()

    def _on_removed(self, deadline: float) -> Iterable[str]:
        self._removed_at = deadline
        return ()

    @property
    def _is_removed(self) -> bool:
        return self._removed_at < float("inf")

    def _on_joined(self, room: int) -> Iterable[str]:
        self._room = room
        return ()

    def _on_received(self, events: ReceivedEvents) -> Iterator[str]:
        if events.at > self._removed_at:
            yield f"received events of room {events.room} {events.at - self._removed_at:.1f} s after its removal"
        if events.room != self._room:
            yield f"received events of room {events.room} while in room {self._room}"
        yield from self._check_reset(events) if events.reset else self._check_continuation(events)
        yield from self._check_changes(events)
        self._positions[events.room] = (events.epoch, events.version)

    def _check_reset(self, events: ReceivedEvents) -> Iterator[str]:
        epoch, version = self._positions.get(events.room, ("", 0))
        if epoch == events.epoch and events.version - version <= CATCH_UP_CHANGES:
            yield f"was reset from {version} to {events.version} although it could resume"

    def _check_continuation(self, events: ReceivedEvents) -> Iterator[str]:
        epoch, version = self._positions.get(events.room, ("", 0))
        if (epoch, version) != (events.epoch, events.since):
            how = "skipped from" if events.since > version else "went back from"
            yield f"{how} {epoch}:{version} to {events.epoch}:{events.since}..{events.version}"
        if events.version < events.since:
            yield f"received version {events.version} after {events.since}"

    def _check_changes(self, events: ReceivedEvents) -> Iterator[str]:
        rows = self._log_rows(events)
        for (seq, version, client_id, text), row in zip(events.changes, rows, strict=True):
            if row and (row.seq, row.client_id) != (seq, client_id):
                yield f"received {client_id} as {seq}, version {version}; stored is {row.client_id} as {row.seq}"
            elif row and row.digest != text:
                yield f"received a different text of {client_id} than is stored"
            elif row is None and version > self._log.heads[events.room][2]:
                yield f"received version {version}, which was never stored"
        yield from self._check_order(events)

    def _log_rows(self, events: ReceivedEvents) -> list[StoredMessage | None]:
        return [self._current.get((events.room, version)) for _seq, version, _id, _text in events.changes]

    def _check_order(self, events: ReceivedEvents) -> Iterator[str]:
        versions = [version for _seq, version, _id, _text in events.changes]
        if events.reset:
            yield from self._check_page([seq for seq, _version, _id, _text in events.changes])
            return
        if versions != sorted(set(versions)):
            yield f"received versions {versions} out of order"
        expected = {v for v in range(events.since + 1, events.version + 1) if (events.room, v) in self._current}
        if missing := expected - set(versions):
            yield f"received everything up to {events.version} without {sorted(missing)[:10]}"

    def _check_page(self, seqs: list[int]) -> Iterator[str]:
        if seqs and seqs != list(range(seqs[0], seqs[-1] + 1)):
            yield f"was reset to a page with holes: {seqs}"

    def _check_end(self) -> Iterator[str]:
        head = self._log.heads.get(self._room)
        if self._is_removed:
            if self._connected:
                yield f"{self._stream.reader}: was removed and is still connected"
        elif not self._connected:
            yield f"{self._stream.reader}: was not connected at the end"
        elif head and self._positions.get(self._room) != (head[0], head[2]):
            position = self._positions.get(self._room)
            yield f"{self._stream.reader}: ended at {position}, the room at {head[0]}:{head[2]}"

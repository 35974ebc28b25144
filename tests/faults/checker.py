"""What must be true of a run: every acknowledged message once in the log, and every reader's stream unbroken."""

from collections import Counter, defaultdict

ANSWER_SECONDS = 30
LATER = ("slow_down", "busy", "unavailable")
# A client further behind than this is given the last page anew; nearer, a reset would only hide a loss.
CATCH_UP_CHANGES = 500


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

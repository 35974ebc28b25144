"""The checker detects each kind of violation in hand-made histories; `test_broken_builds.py` uses real ones."""

import uuid

import pytest

from .checker import check
from .history import RunHistory, StoredLog, StoredMessage, digest, received_events

pytestmark = pytest.mark.once("embedded")

ROOM = 7
MESSAGES = [("uno", str(uuid.uuid4())), ("dos", str(uuid.uuid4())), ("tres", str(uuid.uuid4()))]


def valid_log():
    rows = [
        StoredMessage(ROOM, n, n, 1, client_id, digest(text), False) for n, (text, client_id) in enumerate(MESSAGES, 1)
    ]
    return StoredLog({ROOM: ("e", 3, 3)}, rows)


def events(since, version, seqs, **fields):
    messages = [{"seq": seq, "version": seq, "id": MESSAGES[seq - 1][1], "text": MESSAGES[seq - 1][0]} for seq in seqs]
    frame = {"room": ROOM, "epoch": "e", "since": since, "version": version, "messages": messages}
    return ("received", received_events(frame | fields))


def valid_history():
    """Three messages of ana; bruno, in the room, receives one at once and two after a reconnect."""
    history = RunHistory()
    for seq, (text, client_id) in enumerate(MESSAGES, 1):
        attempt = history.send("ana", 1, {"type": "say", "room": ROOM, "id": client_id, "text": text})
        attempt.ended_at, attempt.answer = attempt.sent_at + 0.1, {"type": "ack", "seq": seq}
    connected = [("opened", None), ("joined", ROOM), events(0, 1, [1], reset=True)]
    history.stream("bruno").entries += [*connected, ("closed", 1006), *connected[:2], events(1, 3, [2, 3])]
    return history


def violations(history=None, log=None):
    return "\n".join(check(history or valid_history(), log or valid_log()))


def with_rows(*rows, head=("e", 3, 3)):
    return StoredLog({ROOM: head}, list(rows))


def with_last(*entries):
    history = valid_history()
    history.streams[0].entries[-1:] = entries
    return history


def test_valid_history_has_no_violations():
    assert not violations()


def test_acknowledged_message_missing_from_the_log_is_detected():
    found = violations(log=with_rows(*valid_log().rows[:2], head=("e", 2, 2)))
    assert "was acknowledged as 3 and is not stored" in found


def test_message_stored_twice_is_detected():
    first = valid_log().rows[0]
    again = StoredMessage(ROOM, 4, 4, 1, first.client_id, first.digest, False)
    assert "is stored 2 times" in violations(log=with_rows(*valid_log().rows, again, head=("e", 4, 4)))


def test_hole_in_the_log_is_detected():
    assert "the seqs of room 7 are not 1..3" in violations(log=with_rows(valid_log().rows[0], valid_log().rows[2]))


def test_version_used_twice_is_detected():
    one, two, three = valid_log().rows
    twice = StoredMessage(ROOM, 2, 1, 1, two.client_id, two.digest, False)
    assert "the versions of room 7" in violations(log=with_rows(one, twice, three))


def test_altered_text_is_detected():
    one, two, three = valid_log().rows
    changed = StoredMessage(ROOM, 2, 2, 1, two.client_id, digest("otra"), False)
    found = violations(log=with_rows(one, changed, three))
    assert "is stored with a different text" in found
    assert "received a different text" in found


def test_acknowledged_change_missing_from_the_log_is_detected():
    history = valid_history()
    frame = {"type": "erase", "room": ROOM, "id": "e", "seq": 2}
    erasure = history.send("ana", 1, frame, target=MESSAGES[1][1])
    erasure.ended_at, erasure.answer = erasure.sent_at + 0.1, {"type": "ack", "seq": 2}
    assert "is stored with a different text" in violations(history)


def test_ack_with_another_seq_is_detected():
    history = valid_history()
    history.attempts[0].answer["seq"] = 2
    assert "and was acknowledged as [2]" in violations(history)


@pytest.mark.parametrize("ended_after", [None, 31])
def test_answer_after_the_timeout_is_detected(ended_after):
    history = valid_history()
    last = history.attempts[-1]
    last.ended_at = ended_after and last.sent_at + ended_after
    assert "had no answer for" in violations(history)


def test_message_never_acknowledged_is_detected():
    history = valid_history()
    history.attempts[-1].answer = {"type": "error", "code": "busy"}
    assert "was never acknowledged" in violations(history)


def test_unexpected_error_code_is_detected():
    history = valid_history()
    history.attempts[-1].answer = {"type": "error", "code": "internal"}
    assert "was refused: internal" in violations(history)


@pytest.mark.parametrize(
    "entries, violation",
    [
        ([events(2, 3, [3])], "bruno: skipped from e:1 to e:2..3"),
        ([events(1, 3, [2, 3]), events(2, 3, [3])], "bruno: went back from e:3 to e:2..3"),
        ([events(1, 3, [3])], "bruno: received everything up to 3 without [2]"),
        ([events(1, 3, [3, 2])], "bruno: received versions [3, 2] out of order"),
        ([events(1, 2, [2])], "bruno: ended at ('e', 2), the room at e:3"),
        ([events(0, 3, [1, 2, 3], reset=True)], "bruno: was reset from 1 to 3 although it could resume"),
        ([events(1, 3, [2, 3]), ("closed", 1006)], "bruno: was not connected at the end"),
        ([events(1, 3, [2, 3]), ("closed", 4001)], "bruno: was disconnected with 4001"),
        ([("removed", 0.0), events(1, 3, [2, 3]), ("closed", 4001)], "s after its removal"),
        ([events(1, 3, [2, 3]), ("removed", 0.0)], "bruno: was removed and is still connected"),
        ([("joined", 8), events(1, 3, [2, 3])], "bruno: received events of room 7 while in room 8"),
    ],
)
def test_gap_or_repetition_in_a_stream_is_detected(entries, violation):
    assert violation in violations(with_last(*entries))
